import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Principal } from "../bearer";
import type { Directory } from "../directory";
import { type AppRoleAssignment, defaultAccessRoleId, type ServicePrincipal } from "../directoryObjects";
import type { Tenant } from "../tenant";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { checkAssignmentCount } from "./limits";
import { page, selected } from "./odata/page";
import { objectQueryOf, queryOf } from "./odata/query";
import { permit } from "./permissions";

type ById = { Params: { id: string } };

/** App role assignments, from the API's side (`appRoleAssignedTo`) and from the holder's (`appRoleAssignments`). */
export function assignmentRoutes(
  app: FastifyInstance,
  { see, find }: Record<"see" | "find", (request: FastifyRequest<ById>) => ServicePrincipal>,
  { tenant, base, caller, directory, ordered }: GraphContext,
): void {
  const sides = {
    appRoleAssignedTo: { list: (seen: Directory, id: string) => seen.assignedTo(id), key: "resourceId" },
    appRoleAssignments: { list: (seen: Directory, id: string) => seen.assignmentsOf(id), key: "principalId" },
  } as const;

  /** Whether a directory role of the caller allows the grant. */
  const isAllowed = (by: Principal, holder: ServicePrincipal, api: ServicePrincipal, appRoleId: string): boolean =>
    tenant.consent.allows(by.objectId, {
      clientAppId: holder.appId,
      clientTenantId: tenant.id,
      resourceAppId: api.appId,
      appRoleId,
    });

  for (const [side, { list, key }] of Object.entries(sides)) {
    const path = `/v1.0/servicePrincipals/:id/${side}`;
    type ByAssignment = { Params: { id: string; assignment: string } };
    const context = (id: string) => `${base()}/v1.0/$metadata#servicePrincipals('${id}')/${side}`;
    const assignmentOf = (
      from: Pick<Tenant, "assignment">,
      principal: ServicePrincipal,
      id: string,
    ): AppRoleAssignment => {
      const found = from.assignment(id);
      if (found?.[key] !== principal.id) throw notFound(id);
      return found;
    };

    app.post<ById>(path, async (request, reply) => {
      const principal = find(request);
      const body = bodies.parse(bodies.appRoleAssignment, request.body, "AppRoleAssignment");
      if (body[key] !== principal.id)
        throw badRequest(`Property '${key}' is '${body[key]}', but the address names '${principal.id}'.`);
      const seen = directory(request);
      const [holder, api] = [body.principalId, body.resourceId].map((id) => {
        const found = seen.servicePrincipal(id.toLowerCase());
        if (!found) throw notFound(id);
        return found;
      }) as [ServicePrincipal, ServicePrincipal];
      const owners = tenant.settings.ownersAssignRoles ? api.owners : new Set<string>();
      permit.assign(caller(request), owners, isAllowed(caller(request), holder, api, body.appRoleId));
      checkAssignable(seen, api, body.appRoleId);
      checkAssignmentCount(tenant.assignmentsOf(holder.id).length);
      if (tenant.assignmentsOf(holder.id).some((a) => a.resourceId === api.id && a.appRoleId === body.appRoleId)) {
        throw badRequest("Permission being assigned already exists on the object", "InvalidUpdate");
      }
      const assignment = tenant.assign(holder.id, api.id, body.appRoleId);
      return reply
        .code(201)
        .send({ "@odata.context": `${context(principal.id)}/$entity`, ...shownAssignment(tenant, assignment) });
    });

    app.get<ById>(path, async (request) => {
      permit.readAssignments(caller(request));
      const { id } = see(request);
      const rows = ordered(list(directory(request), id)).map((assignment) => shownAssignment(tenant, assignment));
      const address = `${base()}${path.replace(":id", id)}`;
      return page(context(id), address, entityTypes.appRoleAssignment, rows, queryOf(request));
    });

    app.get<ByAssignment>(`${path}/:assignment`, async (request) => {
      permit.readAssignments(caller(request));
      const principal = see(request);
      const assignment = assignmentOf(directory(request), principal, request.params.assignment);
      return {
        "@odata.context": `${context(principal.id)}/$entity`,
        ...selected(entityTypes.appRoleAssignment, shownAssignment(tenant, assignment), objectQueryOf(request)),
      };
    });

    app.delete<ByAssignment>(`${path}/:assignment`, async (request, reply) => {
      const assignment = tenant.assignment(request.params.assignment);
      const [holder, api] = [assignment?.principalId, assignment?.resourceId].map((id) =>
        tenant.servicePrincipals.get(id ?? ""),
      );
      const byRole = holder && api && assignment && isAllowed(caller(request), holder, api, assignment.appRoleId);
      permit.unassign(caller(request), byRole === true);
      tenant.unassign(assignmentOf(tenant, find(request), request.params.assignment));
      return reply.code(204).send();
    });
  }
}

function checkAssignable(seen: Directory, api: ServicePrincipal, appRoleId: string): void {
  if (appRoleId === defaultAccessRoleId) return;
  const role = seen.appRolesOf(api).find(({ id }) => id === appRoleId);
  if (!role?.isEnabled) throw badRequest(`Permission being assigned was not found on application '${api.appId}'.`);
  if (!role.allowedMemberTypes.includes("Application")) {
    throw badRequest(`Permission being assigned, '${role.value}', is not for applications.`);
  }
}

/** An assignment as Graph shows it. */
export function shownAssignment(tenant: Tenant, assignment: AppRoleAssignment): Record<string, unknown> {
  return {
    id: assignment.id,
    deletedDateTime: null,
    appRoleId: assignment.appRoleId,
    createdDateTime: assignment.createdDateTime,
    principalDisplayName:
      (tenant.servicePrincipals.get(assignment.principalId) ?? tenant.groups.principals.get(assignment.principalId))
        ?.displayName ?? null,
    principalId: assignment.principalId,
    principalType: tenant.groups.typeOf(assignment.principalId),
    resourceDisplayName: tenant.servicePrincipals.get(assignment.resourceId)?.displayName ?? null,
    resourceId: assignment.resourceId,
  };
}
