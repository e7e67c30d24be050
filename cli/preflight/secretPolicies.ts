import { counted } from "@microservice-identities/validation/counted";
import type { RotationPolicy } from "../../components/rotation";
import { daysIn, type Restriction } from "../appManagementPolicy";
import { type Finding, type Outcome, outcome } from "./outcome";

/** A service with client secrets, and the restrictions of a policy for them. */
export interface RestrictedService {
  readonly name: string;
  /** The policy's name, for people. */
  readonly policy: string;
  readonly restrictions: readonly Restriction[];
  /** Whether a deployment today would create a secret. */
  readonly getsSecret: boolean;
}

/** The rotation of the stack, with the file that sets it. */
export interface RotationSetting extends Omit<RotationPolicy, "since"> {
  /** For example `Pulumi.prod.yaml`. */
  readonly file: string;
}

/**
 * The consequences of the tenant's policies for the stack's client secrets: the services that would have to be federated, and
 * the settings of the rotation that are too long, even if no secret is due today.
 */
export function judgeSecrets(services: readonly RestrictedService[], rotation: RotationSetting): Outcome {
  const forbidden = services.filter(({ restrictions }) =>
    restrictions.some(({ restrictionType }) => restrictionType === "passwordAddition"),
  );
  const allowed = services.filter((each) => !forbidden.includes(each));
  const [now, later] = [forbidden.filter((each) => each.getsSecret), forbidden.filter((each) => !each.getsSecret)];
  return outcome({
    findings: [
      ...byPolicy(now).map(([policy, names]) => refused(policy, names, rotation)),
      ...byPolicy(allowed).flatMap(([policy, names, [first]]) => tooLong(policy, names, first.restrictions, rotation)),
    ],
    skipped: byPolicy(later).map(
      ([policy, names]) =>
        `No secret of ${list(names)} is due today, but ${policy} forbids secrets: the next rotation will be refused. ${federate(names, rotation)}`,
    ),
  });
}

function refused(policy: string, names: readonly string[], rotation: RotationSetting): Finding {
  return {
    place: `the client secrets of ${list(names)}`,
    value: counted(names.length, "new secret"),
    limit: `none: ${policy} forbids secrets`,
    consequence: "Entra refuses each with 400 CredentialTypeNotAllowedAsPerAppPolicy; the services get no credential.",
    remedy: federate(names, rotation),
  };
}

const federate = (names: readonly string[], { file }: RotationSetting): string =>
  `In ${file}, set ${list(names.map((name) => `services.${name}.credential`))} to federated, or exclude the registrations from the policy.`;

/** Settings longer than a policy allows. A secret is created on the first day of its window, or later if the pipeline was late. */
function tooLong(
  policy: string,
  names: readonly string[],
  restrictions: readonly Restriction[],
  rotation: RotationSetting,
): Finding[] {
  const { file, periodDays, overlapDays, validityDays } = rotation;
  return restrictions.flatMap(({ restrictionType, maxLifetime }): Finding[] => {
    if (restrictionType !== "passwordLifetime") return [];
    const most = daysIn(`${maxLifetime}`);
    if (most !== undefined && validityDays <= most) return [];
    const fits = most !== undefined && periodDays + overlapDays <= most;
    return [
      {
        place: `${file}: rotation.validityDays, for ${list(names)}`,
        value: `${validityDays}`,
        limit:
          most === undefined
            ? `${maxLifetime} by ${policy}, which is not a duration of days`
            : `at most ${most} by ${policy}`,
        consequence: "Entra refuses each new secret with 400 CredentialInvalidLifetimeAsPerAppPolicy.",
        remedy:
          most === undefined
            ? "Correct the policy, or exclude the registrations from it."
            : `Set rotation.validityDays to ${most}${fits ? "" : `, and rotation.periodDays and rotation.overlapDays so that their sum is at most ${most} (now ${periodDays} and ${overlapDays})`}; or exclude the registrations from the policy.`,
      },
    ];
  });
}

type Group = [policy: string, names: string[], services: [RestrictedService, ...RestrictedService[]]];

/** Groups the services that one policy restricts in the same way. */
function byPolicy(services: readonly RestrictedService[]): Group[] {
  const groups = new Map<string, Group>();
  for (const service of services) {
    const key = JSON.stringify([service.policy, service.restrictions]);
    const group = groups.get(key);
    if (group) {
      group[1].push(service.name);
      group[2].push(service);
    } else groups.set(key, [service.policy, [service.name], [service]]);
  }
  return [...groups.values()];
}

const list = (names: readonly string[]): string => names.join(", ");
