import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { counted } from "@microservice-identities/validation/counted";
import {
  type CredentialPolicy,
  daysIn,
  defaultPolicyOf,
  ownPolicyOf,
  policyRight,
  type Restriction,
  restrictionsFor,
} from "../appManagementPolicy";
import { type Finding, judged, type Outcome, outcome, together } from "./outcome";
import { judgeSecrets, type RestrictedService } from "./secretPolicies";
import type { Json, Survey } from "./survey";

const needs = policyRight;

/** App management policies that refuse a secret or a certificate of the stack, or its lifetime. */
export async function checkCredentialPolicies(survey: Survey, today: Date): Promise<Outcome> {
  const { tenant } = survey;
  if (survey.wanted("ApplicationPassword").length + survey.wanted("ApplicationCertificate").length === 0)
    return outcome({ skipped: ["App management policies: the stack has no secret and no certificate."] });
  return judged(
    { what: "whether the tenant's default app management policy refuses secrets", needs },
    () => defaultPolicyOf(tenant),
    async (byDefault) => {
      const restricted: RestrictedService[] = [];
      const checked = survey
        .wanted("Application")
        .map((each) => checkApplication(survey, each, byDefault, today, restricted));
      const outcomes = await Promise.all(checked);
      restricted.sort((one, other) => (one.name < other.name ? -1 : 1));
      return together([...outcomes, judgeSecrets(restricted, survey.rotation)]);
    },
  );
}

async function checkApplication(
  survey: Survey,
  application: EvaluatedResource,
  byDefault: CredentialPolicy,
  today: Date,
  restricted: RestrictedService[],
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
      const secrets = survey.partsOf(application, "ApplicationPassword");
      if (secrets.length > 0)
        restricted.push({
          name: survey.serviceOf(application),
          policy: policy.name,
          restrictions: restrictionsFor(policy.passwords, createdAt),
          getsSecret: secrets.some(
            (each) => survey.idOf(each) === undefined && !held.includes(each.properties.displayName),
          ),
        });
      return outcome({
        findings: survey
          .partsOf(application, "ApplicationCertificate")
          .filter((each) => survey.idOf(each) === undefined)
          .flatMap((each) => refusals(each, policy.name, restrictionsFor(policy.keys, createdAt), today))
          .map((finding) => ({ ...finding, place: `the registration ${name}` })),
      });
    },
  );
}

/** The lifetime counts from today, when Entra gets the certificate. */
function refusals(
  { properties }: EvaluatedResource,
  policy: string,
  restrictions: readonly Restriction[],
  today: Date,
): Omit<Finding, "place">[] {
  const lifetime = Math.ceil((Date.parse(`${properties.endDate}`) - today.getTime()) / 86_400_000);
  return restrictions.flatMap(({ restrictionType, maxLifetime }) => {
    if (restrictionType !== "asymmetricKeyLifetime") return [];
    const most = daysIn(`${maxLifetime}`);
    if (most !== undefined && lifetime <= most) return [];
    return [
      {
        value: `a certificate that is valid for ${counted(lifetime, "day")}`,
        limit:
          most === undefined
            ? `${maxLifetime} by ${policy}, which is not a duration of days`
            : `${counted(most, "day")} by ${policy}`,
        consequence:
          "Entra refuses it with 400 CredentialInvalidLifetimeAsPerAppPolicy; the service gets no credential.",
        remedy: "Let the team issue a certificate that is valid for a shorter time.",
      },
    ];
  });
}
