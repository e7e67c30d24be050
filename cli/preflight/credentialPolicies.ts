import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import {
  type CredentialPolicy,
  defaultPolicyOf,
  ownPolicyOf,
  policyRight,
  type Restriction,
  restrictionsFor,
} from "../appManagementPolicy";
import { type Finding, judged, type Outcome, outcome, together } from "./outcome";
import type { Json, Survey } from "./survey";

const needs = policyRight;

/** App management policies that refuse a secret or a certificate that the stack is about to create, or its lifetime. */
export async function checkCredentialPolicies(survey: Survey, today: Date): Promise<Outcome> {
  const { tenant } = survey;
  if (survey.wanted("ApplicationPassword").length + survey.wanted("ApplicationCertificate").length === 0)
    return outcome({ skipped: ["App management policies: the stack has no secret and no certificate."] });
  return judged(
    { what: "whether the tenant's default app management policy refuses secrets", needs },
    () => defaultPolicyOf(tenant),
    async (byDefault) => {
      const checked = survey.wanted("Application").map((each) => checkApplication(survey, each, byDefault, today));
      return together(await Promise.all(checked));
    },
  );
}

async function checkApplication(
  survey: Survey,
  application: EvaluatedResource,
  byDefault: CredentialPolicy,
  today: Date,
): Promise<Outcome> {
  const { tenant } = survey;
  const name = `${application.properties.displayName}`;
  const id = survey.idOf(application)?.split("/").at(-1);
  return judged(
    { what: `whether an app management policy of ${name} refuses secrets`, needs },
    async () => {
      if (id === undefined) return {};
      const own = await ownPolicyOf(tenant, id, name);
      return { own, existing: await tenant.object(`applications/${id}`) };
    },
    ({ own, existing = {} }: { own?: CredentialPolicy | undefined; existing?: Json | undefined }) => {
      const policy = own ?? byDefault;
      const createdAt = existing.createdDateTime === undefined ? today : new Date(`${existing.createdDateTime}`);
      const held = ((existing.passwordCredentials as Json[] | undefined) ?? []).map((each) => each.displayName);
      const isNew = (each: EvaluatedResource) =>
        survey.idOf(each) === undefined && !held.includes(each.properties.displayName);
      return outcome({
        findings: [
          ...survey
            .partsOf(application, "ApplicationPassword")
            .filter(isNew)
            .flatMap((each) => refusals(each, "secret", policy, policy.passwords, createdAt, today)),
          ...survey
            .partsOf(application, "ApplicationCertificate")
            .filter((each) => survey.idOf(each) === undefined)
            .flatMap((each) => refusals(each, "certificate", policy, policy.keys, createdAt, today)),
        ].map((finding) => ({ ...finding, place: `the registration ${name}` })),
      });
    },
  );
}

/** The lifetimes count from today: both are valid at once. */
function refusals(
  { properties }: EvaluatedResource,
  what: "secret" | "certificate",
  { name }: CredentialPolicy,
  restrictions: readonly Restriction[],
  createdAt: Date,
  today: Date,
): Omit<Finding, "place">[] {
  const lifetime = Math.ceil((Date.parse(`${properties.endDate}`) - today.getTime()) / 86_400_000);
  return restrictionsFor(restrictions, createdAt).flatMap(
    ({ restrictionType, maxLifetime }): Omit<Finding, "place">[] => {
      if (restrictionType === "passwordAddition")
        return [
          {
            value: "a new secret",
            limit: `none: ${name} forbids secrets`,
            consequence:
              "Entra refuses it with 400 CredentialTypeNotAllowedAsPerAppPolicy; the service gets no credential.",
            remedy:
              "Give the service a managed identity or federated credential in place of a secret (credential), or have its registration excepted from the policy.",
          },
        ];
      if (restrictionType !== (what === "secret" ? "passwordLifetime" : "asymmetricKeyLifetime")) return [];
      const most = daysIn(`${maxLifetime}`);
      if (most !== undefined && lifetime <= most) return [];
      return [
        {
          value: `a ${what} that is valid for ${lifetime} days`,
          limit:
            most === undefined
              ? `${maxLifetime} by ${name}, which is not a duration of days`
              : `${most} days by ${name}`,
          consequence:
            "Entra refuses it with 400 CredentialInvalidLifetimeAsPerAppPolicy; the service gets no credential.",
          remedy:
            what === "secret"
              ? "Set rotation.validityDays and rotation.periodDays lower, or have the registration excepted from the policy."
              : "Let the team issue a certificate that is valid for a shorter time.",
        },
      ];
    },
  );
}

/** Of an ISO 8601 duration; a month has 30 days, a year 365. */
function daysIn(duration: string): number | undefined {
  const [whole, years = 0, months = 0, weeks = 0, days = 0] =
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T0[HMS])?$/.exec(duration) ?? [];
  if (whole === undefined || whole === "P") return undefined;
  return Number(years) * 365 + Number(months) * 30 + Number(weeks) * 7 + Number(days);
}
