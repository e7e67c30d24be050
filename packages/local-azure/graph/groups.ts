import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Directory } from "../directory";
import type { Group } from "../groups";
import type { Tenant } from "../tenant";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { notFound } from "./graphError";
import type { Row } from "./odata/entityType";
import { page, selected } from "./odata/page";
import { objectQueryOf, queryOf } from "./odata/query";
import { permit } from "./permissions";
import { shownPrincipal } from "./shownPrincipal";

type ById = { Params: { id: string } };
type ByMember = { Params: { id: string; member: string } };

/** Reads of groups, and the removal of members and owners. https://learn.microsoft.com/graph/api/resources/group */
export function groupRoutes(app: FastifyInstance, { tenant, base, caller, directory, ordered }: GraphContext): void {
  const { groups } = tenant.groups;
  const find = (request: FastifyRequest<ById>): Group => {
    const found = groups.get(request.params.id.toLowerCase());
    if (!found) throw notFound(request.params.id);
    return found;
  };
  const context = (suffix: string) => `${base()}/v1.0/$metadata#${suffix}`;
  const list = (request: FastifyRequest, ids: Iterable<string>, address: string): Row => {
    const rows = ordered<Row & { readonly id: string }>(
      [...ids].flatMap((id) => memberRow(tenant, directory(request), id, permit.seesMembers(caller(request))) ?? []),
    );
    return page(context("directoryObjects"), address, entityTypes.directoryObject, rows, queryOf(request));
  };

  // The azuread provider asks the beta version.
  app.get<ById>("/:version(^v1\\.0$|^beta$)/groups/:id", async (request) => {
    permit.readGroups(caller(request));
    const query = objectQueryOf(request);
    return {
      "@odata.context": context("groups/$entity"),
      ...selected(entityTypes.group, shownGroup(find(request)), query),
    };
  });

  for (const relation of ["members", "owners"] as const) {
    const path = `/v1.0/groups/:id/${relation}`;
    app.get<ById & { Params: { version: string } }>(
      `/:version(^v1\\.0$|^beta$)/groups/:id/${relation}`,
      async (request) => {
        permit.readGroups(caller(request));
        const group = find(request);
        const { version } = request.params;
        return list(request, group[relation], `${base()}/${version}/groups/${group.id}/${relation}`);
      },
    );

    app.delete<ByMember>(`${path}/:member/$ref`, async (request, reply) => {
      permit.changeGroups(caller(request));
      const { member } = request.params;
      if (!find(request)[relation].delete(member.toLowerCase())) throw notFound(member);
      return reply.code(204).send();
    });
  }

  app.get<ById>("/v1.0/groups/:id/transitiveMembers", async (request) => {
    permit.readGroups(caller(request));
    const { id } = find(request);
    const objects = [...tenant.servicePrincipals.keys(), ...tenant.groups.users.keys(), ...groups.keys()];
    const inside = objects.filter((each) => [...tenant.groups.of(each)].some((group) => group.id === id));
    return list(request, inside, `${base()}/v1.0/groups/${id}/transitiveMembers`);
  });

  const containing = (request: FastifyRequest<ById>, address: string, found: Iterable<Group>): Row => {
    const rows = ordered([...found]).map((group) => ({ ...typeOf("group"), ...shownGroup(group) }));
    return page(context("directoryObjects"), address, entityTypes.directoryObject, rows, queryOf(request));
  };
  for (const [relation, listed] of [
    ["memberOf", (id: string) => tenant.groups.directlyOf(id)],
    ["transitiveMemberOf", (id: string) => tenant.groups.of(id)],
  ] as const) {
    app.get<ById>(`/v1.0/servicePrincipals/:id/${relation}`, async (request) => {
      permit.readMemberships(caller(request));
      const id = request.params.id.toLowerCase();
      if (!directory(request).servicePrincipal(id)) throw notFound(request.params.id);
      return containing(request, `${base()}/v1.0/servicePrincipals/${id}/${relation}`, listed(id));
    });

    app.get<ById>(`/v1.0/groups/:id/${relation}`, async (request) => {
      permit.readGroups(caller(request));
      const { id } = find(request);
      return containing(request, `${base()}/v1.0/groups/${id}/${relation}`, listed(id));
    });
  }
}

const typeOf = (type: string) => ({ "@odata.type": `#microsoft.graph.${type}` });

/**
 * A member of a group, of any type; `undefined` if there is no such object.
 *
 * @param isWhole whether the caller may read objects of its type. Otherwise Graph shows only type and id:
 *   https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects
 */
export function memberRow(
  tenant: Tenant,
  seen: Directory,
  id: string,
  isWhole: boolean,
): (Row & { readonly id: string }) | undefined {
  const principal = seen.servicePrincipal(id);
  if (principal) return { ...typeOf("servicePrincipal"), ...shownPrincipal(tenant, seen, principal) };
  const user = tenant.groups.users.get(id);
  const group = tenant.groups.groups.get(id);
  const row = user ? { ...typeOf("user"), ...user } : group ? { ...typeOf("group"), ...shownGroup(group) } : undefined;
  if (!row || isWhole) return row;
  return { "@odata.type": row["@odata.type"], id, displayName: null };
}

export const shownGroup = ({ members: _, owners: __, ...group }: Group): Row & { readonly id: string } => ({
  ...group,
  deletedDateTime: null,
  description: null,
  groupTypes: [],
  isAssignableToRole: group.isAssignableToRole || null,
  mailEnabled: false,
  securityEnabled: true,
});
