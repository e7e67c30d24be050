import { type EvaluatedResource, isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { limits } from "@microservice-identities/validation/limits";
import { type Finding, judged, type Outcome, outcome, together } from "./outcome";
import type { Json, Survey } from "./survey";

const { registration, federatedCredentials } = limits;

/** The limits of each registration. Entries that the stack declares count, and entries that others have added. */
export async function checkRegistrations(survey: Survey): Promise<Outcome> {
  return together(await Promise.all(survey.wanted("Application").map((each) => checkRegistration(survey, each))));
}

async function checkRegistration(survey: Survey, application: EvaluatedResource): Promise<Outcome> {
  const name = `${application.properties.displayName}`;
  const id = survey.idOf(application)?.split("/").at(-1);
  const read = async () => {
    if (id === undefined) return { accesses: [], credentials: [] };
    const found = await survey.tenant.object(`applications/${id}`);
    if (!found) return { accesses: [], credentials: [] };
    const credentials = await survey.tenant.list(`applications/${id}/federatedIdentityCredentials`);
    return { accesses: (found.requiredResourceAccess as Access[] | undefined) ?? [], credentials };
  };
  const what = `what the registration ${name} holds already`;
  return judged({ what, needs: "Application.Read.All in Microsoft Graph" }, read, ({ accesses, credentials }) =>
    outcome({ findings: findingsOf(survey, application, accesses, credentials) }),
  );
}

interface Access {
  readonly resourceAppId: string;
  readonly resourceAccess: readonly unknown[];
}

function findingsOf(
  survey: Survey,
  application: EvaluatedResource,
  accesses: readonly Access[],
  credentials: readonly Json[],
): Finding[] {
  const wanted = new Map<unknown, number>();
  for (const part of survey.partsOf(application, "ApplicationApiAccess")) {
    const { apiClientId, roleIds, scopeIds } = survey.propertiesOf(part);
    wanted.set(apiClientId, (wanted.get(apiClientId) ?? 0) + countOf(roleIds) + countOf(scopeIds));
  }
  const others = accesses.filter(({ resourceAppId }) => !wanted.has(resourceAppId));
  const apis = wanted.size + others.length;
  const permissions =
    [...wanted.values()].reduce((sum, count) => sum + count, 0) +
    others.reduce((sum, { resourceAccess }) => sum + resourceAccess.length, 0);
  const federated = survey.partsOf(application, "ApplicationFederatedIdentityCredential");
  const names = new Set([
    ...credentials.map(({ name }) => name),
    ...federated.map(({ properties: { displayName } }) => displayName),
  ]);
  const place = `the registration ${application.properties.displayName}`;
  const tooLarge = "Entra refuses the last of its calls with 403 Directory_ResourceSizeExceeded.";
  return [
    ...exceeded(apis, registration.apis, "APIs", {
      place,
      consequence: tooLarge,
      remedy: "Let the service call fewer APIs, or split it into services that each call some of them.",
    }),
    ...exceeded(permissions, registration.permissions, "permissions", {
      place,
      consequence: tooLarge,
      remedy: "Grant it fewer roles: one role of an API for what is always needed together.",
    }),
    ...exceeded(names.size, federatedCredentials, "federated credentials", {
      place,
      consequence: "Entra refuses the credential that exceeds the limit.",
      remedy: "Remove the credentials that nobody uses, or create a separate service for some of the workloads.",
    }),
  ];
}

const countOf = (value: unknown): number => (Array.isArray(value) && !isUnknown(value) ? value.length : 0);

const exceeded = (count: number, most: number, what: string, rest: Omit<Finding, "value" | "limit">): Finding[] =>
  count <= most ? [] : [{ ...rest, value: `${count} ${what}`, limit: `${most} ${what}` }];
