import { type EvaluatedResource, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { apisWithRole, microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import type { Grant } from "../accessModel";
import { isKnown } from "../references";
import { ofType } from "../resourceType";
import type { Directory, Party } from "./directory";
import { type DeclaredRole, listOf, rolesNamed } from "./offeredRoles";
import type { Unknowns } from "./unknowns";

/** The calls that the resources of a stack allow or request. */
export interface Calls {
  readonly grants: readonly Grant[];
  /** The resource of each grant, and the API that it is for. */
  readonly assigned: ReadonlyMap<
    Grant,
    { readonly assignment: EvaluatedResource; readonly caller: Party; readonly api: Party }
  >;
  /** The API access that registrations request. */
  readonly requests: readonly Pick<Grant, "caller" | "api" | "role">[];
}

interface Reason {
  readonly because?: unknown;
  readonly until?: unknown;
  readonly roles?: unknown;
  readonly requests?: unknown;
  readonly listed?: unknown;
}

/** Components whose grants have one fixed purpose. */
const purposes: Readonly<Record<string, string>> = {
  "microservice-identities:index:PipelineIdentity": "A pipeline deploys with it.",
};

interface Asked {
  readonly access: EvaluatedResource;
  readonly caller: Party;
  readonly api: Party;
  readonly ids: unknown;
}

/** The app role assignments, and the API access that registrations request. */
export function callsIn(
  resources: readonly EvaluatedResource[],
  directory: Directory,
  declared: readonly DeclaredRole[],
  unknowns: Unknowns,
): Calls {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const reasonOf = ({ parent }: EvaluatedResource): Reason => {
    const component = byUrn.get(parent);
    const because = component && purposes[component.type];
    return { ...(because === undefined ? {} : { because }), ...component?.properties };
  };
  const asked = [...granular(resources, directory), ...inline(directory)];
  const beside = new Map<string, Asked[]>();
  for (const each of asked)
    if (each.access.parent !== "") beside.set(each.access.parent, [...(beside.get(each.access.parent) ?? []), each]);

  /** An API that the stack does not create is identified by its role, or by the single request that belongs to the grant. */
  const apiOf = (assignment: EvaluatedResource): Party => {
    const { appRoleId } = assignment.properties;
    const found = directory.principal(assignment, "resourceObjectId");
    if (found.resource || found.clientId !== undefined) return found;
    const publishedBy = apisWithRole(appRoleId);
    const clientId = publishedBy.includes(microsoftGraph) ? microsoftGraph : publishedBy[0];
    if (clientId !== undefined) return { name: microsoftApiNamed(clientId) ?? clientId, clientId };
    const [only, ...others] = beside.get(assignment.parent) ?? [];
    const isAskedFor = !isKnown(appRoleId) || listOf(only?.ids).includes(appRoleId);
    return only && others.length === 0 && isAskedFor && only.api.clientId !== undefined ? only.api : found;
  };

  const assigned = new Map<Grant, { assignment: EvaluatedResource; caller: Party; api: Party }>();
  const grants = ofType(resources, "azuread:AppRoleAssignment").flatMap((assignment): Grant[] => {
    const { because, until, roles, requests: asks, listed } = reasonOf(assignment);
    const { appRoleId } = assignment.properties;
    const caller = directory.principal(assignment, "principalObjectId");
    const api = apiOf(assignment);
    const from = assignment.dependencies?.appRoleId ?? [];
    const named = rolesNamed(api, appRoleId, from, declared);
    // The roles of an API that is neither the stack's nor Microsoft's are unknown: they keep the names that the program uses.
    const called = listOf(roles).find((role) => nameOf(assignment.urn).endsWith(`-${role}`));
    const isOutside = !api.resource && api.unknown === undefined && microsoftApiNamed(api.clientId) === undefined;
    return named.map(({ name, unknown = false }) => {
      const role = unknown && isOutside && called !== undefined ? `${called}` : name;
      const grant: Grant = {
        caller: caller.name,
        api: api.name,
        role,
        ...(isKnown(because) ? { because: `${because}` } : {}),
        ...(isKnown(until) ? { until: `${until}` } : {}),
        ...(listOf(asks).length > 0 ? { requests: listOf(asks).map(String) } : {}),
        ...(assignment.options?.retainOnDelete ? { kept: true as const } : {}),
        ...(listed === false && api.resource ? { unlisted: true as const } : {}),
      };
      unknowns.addParty(assignment, "principalObjectId", caller);
      unknowns.addParty(assignment, "resourceObjectId", api);
      if (unknown && !isOutside) unknowns.add(assignment, "appRoleId", appRoleId);
      assigned.set(grant, { assignment, caller, api });
      return grant;
    });
  });

  const requests = asked.flatMap(({ access, caller, api, ids }) => {
    unknowns.addParty(access, "applicationId", caller);
    unknowns.addParty(access, "apiClientId", api);
    const from = access.dependencies?.roleIds ?? access.dependencies?.requiredResourceAccesses ?? [];
    const list = listOf(ids);
    const known = list.filter(isKnown);
    const isWhole = Array.isArray(ids) && known.length === list.length;
    const told = known.flatMap((id) => rolesNamed(api, id, from, declared));
    const toCome = isWhole ? [] : rolesNamed(api, undefined, from, declared);
    const said = listOf(reasonOf(access).roles).map((role) => ({ name: `${role}`, unknown: false }));
    const unsure = toCome.some(({ unknown }) => unknown) && said.length > 0 ? said : toCome;
    return [...told, ...unsure].map(({ name }) => ({ caller: caller.name, api: api.name, role: name }));
  });
  return { grants, assigned, requests: unique(requests) };
}

const granular = (resources: readonly EvaluatedResource[], directory: Directory): Asked[] =>
  ofType(resources, "azuread:ApplicationApiAccess").map((access) => ({
    access,
    caller: directory.service(access),
    api: directory.application(access, "apiClientId"),
    ids: access.properties.roleIds ?? [],
  }));

/** The app roles that an application resource requests inline. Delegated scopes are handled elsewhere. */
const inline = (directory: Directory): Asked[] =>
  directory.applications.flatMap((application) =>
    listOf(application.properties.requiredResourceAccesses).map((required) => {
      const { resourceAppId, resourceAccesses } = (required ?? {}) as Record<string, unknown>;
      const roles = listOf(resourceAccesses).filter((each) => (each as { type?: unknown } | null)?.type !== "Scope");
      return {
        access: application,
        caller: { name: directory.nameOf(application), resource: application },
        api: directory.application(application, "requiredResourceAccesses", resourceAppId),
        ids: roles.map((each) => (each as { id?: unknown } | null)?.id),
      };
    }),
  );

const unique = <T>(rows: readonly T[]): T[] => [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
