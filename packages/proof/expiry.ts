import { daysBetween, isoDay } from "@microservice-identities/validation/days";
import type { Directory } from "./directory";

/** When one service's credential ends, and when the next one comes. */
export interface CredentialExpiry {
  readonly service: string;
  readonly kind: "secret" | "certificate" | "federated";
  /** RFC 3339; `null` for what does not expire. */
  readonly expires: string | null;
  /** Whole days until it expires, negative once it has; `null` for what does not expire. */
  readonly daysLeft: number | null;
  /** The day of the next rotation by a deployment; `null` for what people renew, or what needs no renewal. */
  readonly nextRotation: string | null;
  /** How many days ago that was, if no deployment came; else 0. */
  readonly daysLate: number;
}

/** Every service's credential on that day, the first to expire first. */
export function expiriesOf(directory: Directory, today: Date): CredentialExpiry[] {
  const day = isoDay(today);
  const rows = Object.entries(directory).map(([service, { credential }]): CredentialExpiry => {
    if (credential.kind === "federated")
      return { service, kind: credential.kind, expires: null, daysLeft: null, nextRotation: null, daysLate: 0 };
    const { kind, expires } = credential;
    const nextRotation = credential.kind === "secret" ? credential.nextRotation : null;
    return {
      service,
      kind,
      expires,
      daysLeft: Math.floor(daysBetween(day, expires)),
      nextRotation,
      daysLate: nextRotation === null ? 0 : Math.max(0, daysBetween(nextRotation, day)),
    };
  });
  const end = ({ daysLeft }: CredentialExpiry) => daysLeft ?? Number.POSITIVE_INFINITY;
  return rows.sort((one, other) => end(one) - end(other) || one.service.localeCompare(other.service));
}

/**
 * What a pipeline should stop for.
 *
 * @param within days: a credential that ends sooner is a problem
 * @param late days: a rotation that is overdue by more is one, because the time in which nobody notices runs out
 */
export function expiryProblems(rows: readonly CredentialExpiry[], within: number, late: number): string[] {
  return rows.flatMap(({ service, kind, expires, daysLeft, nextRotation, daysLate }) => [
    ...(daysLeft !== null && daysLeft < within
      ? [
          daysLeft < 0
            ? `${service}: its ${kind} expired on ${expires && isoDay(expires)}`
            : `${service}: its ${kind} expires on ${expires && isoDay(expires)}, in ${daysLeft} days`,
        ]
      : []),
    ...(daysLate > late
      ? [`${service}: its rotation was due on ${nextRotation}, ${daysLate} days ago; run \`pulumi up\``]
      : []),
  ]);
}
