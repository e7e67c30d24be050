import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { policyRight } from "../appManagementPolicy";
import { judged, type Outcome, outcome, together } from "./outcome";
import type { Json, Survey } from "./survey";

/** A service that signs in as its registration's service principal. */
interface Client {
  readonly name: string;
  /** The object id of its service principal; undefined before the first deployment. */
  readonly id: string | undefined;
}

/**
 * Conditional Access for workload identities: the policies that would refuse tokens to the stack's services. They apply to
 * service principals of this tenant's registrations, not to managed identities. They can only block, not require anything.
 * https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
 */
export async function checkConditionalAccess(survey: Survey): Promise<Outcome> {
  const clients = survey.wanted("Application").flatMap((each) => clientIn(survey, each));
  if (clients.length === 0) return outcome();
  return judged(
    { what: "whether a Conditional Access policy blocks the stack's service principals", needs: policyRight },
    async () => {
      const policies = (await survey.tenant.list("identity/conditionalAccess/policies")).filter(isAboutWorkloads);
      const locations =
        policies.length > 0 ? await survey.tenant.list("identity/conditionalAccess/namedLocations") : [];
      return { policies, locations: new Map(locations.map(({ id, displayName }) => [`${id}`, `${displayName}`])) };
    },
    ({ policies, locations }) => together(policies.map((policy) => judge(policy, clients, locations))),
  );
}

const credentials = ["ApplicationPassword", "ApplicationCertificate", "ApplicationFederatedIdentityCredential"];

function clientIn(survey: Survey, application: EvaluatedResource): Client[] {
  if (!credentials.some((kind) => survey.partsOf(application, kind).length > 0)) return [];
  const { clientId } = application.properties;
  const principal = survey.wanted("ServicePrincipal").find(({ properties }) => properties.clientId === clientId);
  const id = principal && survey.idOf(principal)?.split("/").at(-1);
  return [{ name: survey.serviceOf(application), id }];
}

const isAboutWorkloads = ({ state, conditions, grantControls }: Json): boolean =>
  state !== "disabled" &&
  textsAt(conditions, "clientApplications", "includeServicePrincipals").length > 0 &&
  textsAt(grantControls, "builtInControls").includes("block");

function judge(policy: Json, clients: readonly Client[], locations: ReadonlyMap<string, string>): Outcome {
  const { conditions } = policy;
  const named = `the Conditional Access policy ${policy.displayName}`;
  const names = clients.filter(isCovered(conditions)).map(({ name }) => name);
  if (names.length === 0) return outcome();
  const all = names.join(", ");
  if (policy.state !== "enabled")
    return outcome({
      skipped: [`${capital(named)} is in report-only mode. If it were enforced, it would apply to ${all}.`],
    });
  const limits = conditionsOf(conditions, locations);
  if (limits.length === 0)
    return outcome({
      findings: [
        {
          place: `the service principals of ${all}`,
          value: "tokens for their calls",
          limit: `none: ${named} blocks them in every location`,
          consequence: "The deployment succeeds, but Entra refuses their tokens with AADSTS53003.",
          remedy: `Exclude the service principals from the policy, ${policy.id}. Managed identities are not affected, but a service signs in as its registration.`,
        },
      ],
    });
  return outcome({
    unchecked: [
      {
        what: `whether ${named} lets ${all} sign in`,
        needs: "a person who knows where these services run and which APIs they call",
        reason: `it refuses tokens with AADSTS53003 ${limits.join(", ")}`,
      },
    ],
  });
}

/** Only a policy about all service principals covers a principal that does not exist yet. */
const isCovered =
  (conditions: unknown) =>
  ({ id }: Client): boolean => {
    const included = textsAt(conditions, "clientApplications", "includeServicePrincipals");
    const excluded = textsAt(conditions, "clientApplications", "excludeServicePrincipals");
    const isNamed = (names: readonly string[]) => id !== undefined && names.includes(id);
    return (included.includes("ServicePrincipalsInMyTenant") || isNamed(included)) && !isNamed(excluded);
  };

/** Conditions that neither the stack nor the tenant determines, in words. Empty if the policy applies to every request for a token. */
function conditionsOf(conditions: unknown, locations: ReadonlyMap<string, string>): string[] {
  const place = (id: string): string =>
    ({ All: "any location", AllTrusted: "the trusted locations" })[id] ?? locations.get(id) ?? id;
  const list = (ids: readonly string[]) => ids.map(place).join(", ");
  const [at, except] = [
    textsAt(conditions, "locations", "includeLocations"),
    textsAt(conditions, "locations", "excludeLocations"),
  ];
  const [apis, otherApis] = [
    textsAt(conditions, "applications", "includeApplications"),
    textsAt(conditions, "applications", "excludeApplications"),
  ];
  const risks = textsAt(conditions, "servicePrincipalRiskLevels");
  return [
    ...(at.length > 0 && !at.includes("All") ? [`at ${list(at)}`] : []),
    ...(except.length > 0 ? [`outside of ${list(except)}`] : []),
    ...(risks.length > 0 ? [`while their risk is ${risks.join(" or ")}`] : []),
    ...(apis.includes("All") ? [] : [`for the API ${apis.join(", ")}`]),
    ...(otherApis.length > 0 ? [`but not for the API ${otherApis.join(", ")}`] : []),
    ...(valueAt(conditions, "clientApplications", "servicePrincipalFilter") ? ["by a filter of attributes"] : []),
  ];
}

const valueAt = (object: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Json | null | undefined)?.[name], object);

const textsAt = (object: unknown, ...path: readonly string[]): string[] => {
  const found = valueAt(object, ...path);
  return Array.isArray(found) ? found.map(String) : [];
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
