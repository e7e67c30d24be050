import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { PermissionGrant } from "../directoryObjects";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, GraphError, notFound } from "./graphError";
import { page, selected } from "./odata/page";
import { objectQueryOf, queryOf } from "./odata/query";
import { permit } from "./permissions";

type ById = { Params: { id: string } };

/**
 * Delegated permissions with consent. The local Azure stores them for audits of a tenant; it has no users who could use
 * them. https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant
 */
export function permissionGrantRoutes(app: FastifyInstance, { tenant, base, caller, ordered }: GraphContext): void {
  const path = "/v1.0/oauth2PermissionGrants";
  const context = (suffix: string) => `${base()}/v1.0/$metadata#oauth2PermissionGrants${suffix}`;
  const type = entityTypes.oAuth2PermissionGrant;
  const find = (id: string): PermissionGrant => {
    const found = tenant.permissionGrants.get(id);
    if (!found) throw notFound(id);
    return found;
  };

  app.post(path, async (request, reply) => {
    permit.delegate(caller(request));
    const { "@odata.type": _, ...body } = bodies.parse(bodies.permissionGrant, request.body, "OAuth2PermissionGrant");
    const { clientId, consentType, principalId = null, resourceId, scope } = body;
    for (const id of [clientId, resourceId]) if (!tenant.servicePrincipals.has(id)) throw notFound(id);
    if ((consentType === "Principal") !== (principalId !== null))
      throw badRequest("Property 'principalId' is for the consent type 'Principal', and required by it.");
    const isSame = (each: PermissionGrant) =>
      each.clientId === clientId && each.resourceId === resourceId && each.principalId === principalId;
    if ([...tenant.permissionGrants.values()].some(isSame))
      throw new GraphError(409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.");
    const id = randomBytes(24).toString("base64url");
    const grant: PermissionGrant = { id, clientId, consentType, principalId, resourceId, scope };
    tenant.permissionGrants.set(id, grant);
    return reply.code(201).send({ "@odata.context": context("/$entity"), ...grant });
  });

  app.get(path, async (request) => {
    permit.readGrants(caller(request));
    const rows = ordered([...tenant.permissionGrants.values()]).map((grant) => ({ ...grant }));
    return page(context(""), `${base()}${path}`, type, rows, queryOf(request));
  });

  app.get<ById>(`${path}/:id`, async (request) => {
    permit.readGrants(caller(request));
    const grant = { ...find(request.params.id) };
    return { "@odata.context": context("/$entity"), ...selected(type, grant, objectQueryOf(request)) };
  });

  app.patch<ById>(`${path}/:id`, async (request, reply) => {
    permit.delegate(caller(request));
    const grant = find(request.params.id);
    const { scope } = bodies.parse(bodies.permissionGrantChange, request.body, "OAuth2PermissionGrant");
    tenant.permissionGrants.set(grant.id, { ...grant, scope });
    return reply.code(204).send();
  });

  app.delete<ById>(`${path}/:id`, async (request, reply) => {
    permit.delegate(caller(request));
    tenant.permissionGrants.delete(find(request.params.id).id);
    return reply.code(204).send();
  });
}
