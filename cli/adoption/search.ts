import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { ActualIds } from "./actualIds";
import { azureFinders } from "./azureFinders";
import { entraFinders } from "./entraFinders";
import { AdoptionError, type Finder, type Found, type Json, type Search } from "./finder";
import type { TenantReader } from "./tenant";

const finders = { ...azureFinders, ...entraFinders };
type Kind = keyof typeof finders;

/** The order in which things are looked for: each by what is known by then. */
const order = [
  "ResourceGroup",
  "UserAssignedIdentity",
  "ApplicationRegistration",
  "ServicePrincipal",
  "RandomUuid",
  "ApplicationAppRole",
  "ApplicationIdentifierUri",
  "ApplicationApiAccess",
  "AppRoleAssignment",
  "ApplicationFederatedIdentityCredential",
  "Vault",
] as const satisfies readonly Kind[];

/** An existing resource, and the one of the stack that it becomes. */
export interface Match {
  readonly resource: EvaluatedResource;
  readonly found: Found;
  /** What the deployment after the import would set, of what was found. */
  readonly wanted: Json;
}

/** @throws AdoptionError when it is not clear what is meant */
export async function searchTenant(
  wanted: readonly EvaluatedResource[],
  tenant: TenantReader,
  applications: Readonly<Record<string, string>>,
): Promise<Match[]> {
  checkServices(wanted, applications);
  const ids = knownBefore(wanted, tenant);
  const search: Search = { wanted, tenant, applications, ids, foundApplications: new Map() };
  const matches: Match[] = [];
  for (const kind of order) {
    for (const resource of wanted.filter((each) => kindOf(each) === kind)) {
      const find: Finder = finders[kind];
      const found = await find(search, ids.in(resource.properties) as Json, resource);
      if (!found) continue;
      ids.learn(resource.id, found.id);
      for (const [property, value] of Object.entries(found.learned ?? {}))
        ids.learn(resource.properties[property], value);
      matches.push({ resource, found, wanted: found.wanted ?? (ids.in(resource.properties) as Json) });
    }
  }
  return matches;
}

/** Who signs in, and the tenant: known before anything is found. */
function knownBefore(wanted: readonly EvaluatedResource[], tenant: TenantReader): ActualIds {
  const ids = new ActualIds();
  const of = (kind: Kind) => wanted.find((resource) => kindOf(resource) === kind)?.properties ?? {};
  const [owner] = (of("ServicePrincipal").owners as string[] | undefined) ?? [];
  ids.learn(owner, tenant.objectId);
  const { tenantId } = (of("Vault").properties ?? {}) as { tenantId?: string };
  ids.learn(tenantId, tenant.tenantId);
  return ids;
}

function checkServices(wanted: readonly EvaluatedResource[], applications: Readonly<Record<string, string>>): void {
  const services = wanted.filter(({ type }) => type.endsWith(":Microservice")).map(({ urn }) => nameOf(urn));
  const unknown = Object.keys(applications).find((service) => !services.includes(service));
  if (unknown !== undefined)
    throw new AdoptionError(`there is no service "${unknown}"; the services are ${services.join(", ")}`);
}
