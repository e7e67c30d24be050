import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { isWithin } from "../roleBasedAccess";
import { type ArmContext, parse } from "./armContext";
import { badRequest, resourceNotFound } from "./armError";
import { armPage } from "./armPage";
import { groupOf } from "./groupOf";
import { identityCredentialRoutes } from "./identityCredentials";
import { type ByIdentity, identityPath, identityType, identityVersions } from "./identityType";
import { checkLocation, checkShown, location, readOnly, tags } from "./readOnly";
import type { ManagedIdentity } from "./subscription";

/** Read-only; a client may send it back unchanged. */
const properties = z
  .strictObject({
    principalId: z.string().optional(),
    clientId: z.string().optional(),
    tenantId: z.string().optional(),
    isolationScope: z.literal("None").optional(),
  })
  .optional();
const body = z.strictObject({ ...readOnly, location, tags, properties });
const changes = z.strictObject({ ...readOnly, location: location.optional(), tags, properties });

export function managedIdentityRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;
  const shown = shownBy(tenant.id);
  const idOf = ({ group, identity }: ByIdentity["Params"]) =>
    `${subscription.path}/resourceGroups/${group}/providers/${identityType}/${identity}`;
  const identityOf = (params: ByIdentity["Params"]): ManagedIdentity => {
    const found = subscription.identities.get(idOf(params).toLowerCase());
    if (found) return found;
    groupOf(subscription, params.group);
    throw resourceNotFound(`${identityType}/${params.identity}' under resource group '${params.group}`);
  };

  app.put<ByIdentity>(identityPath, async (request, reply) => {
    authorize(request, `${identityType}/write`, identityVersions);
    groupOf(subscription, request.params.group);
    const name = request.params.identity;
    if (!/^[a-z0-9][\w-]{2,127}$/i.test(name)) {
      throw badRequest(
        "InvalidResourceName",
        `The identity name '${name}' is invalid: 3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit.`,
      );
    }
    const { location, tags, properties: given } = parse(body, request.body);
    const id = idOf(request.params);
    const existing = subscription.identities.get(id.toLowerCase());
    if (existing) {
      checkLocation(existing, location);
      checkShown(given, shown(existing, request).properties);
      existing.tags = tags ?? {};
      return reply.code(200).send(shown(existing, request));
    }
    checkShown(given, { principalId: "", clientId: "", tenantId: tenant.id });
    const principal = tenant.addServicePrincipal({
      appId: randomUUID(),
      displayName: name,
      servicePrincipalType: "ManagedIdentity",
    });
    const identity: ManagedIdentity = {
      id,
      name,
      location,
      principalId: principal.id,
      clientId: principal.appId,
      tags: tags ?? {},
      federatedCredentials: new Map(),
    };
    subscription.identities.set(id.toLowerCase(), identity);
    return reply.code(201).header("location", identity.id).send(shown(identity, request));
  });

  app.get<ByIdentity>(identityPath, async (request) => {
    authorize(request, `${identityType}/read`, identityVersions);
    return shown(identityOf(request.params), request);
  });

  app.patch<ByIdentity>(identityPath, async (request) => {
    authorize(request, `${identityType}/write`, identityVersions);
    const identity = identityOf(request.params);
    const { tags, location, properties: given } = parse(changes, request.body);
    if (location !== undefined) checkLocation(identity, location);
    checkShown(given, shown(identity, request).properties);
    identity.tags = tags ?? identity.tags;
    return shown(identity, request);
  });

  for (const [at, scopeOf] of [
    ["/subscriptions/:subscription", () => subscription.path],
    ["/subscriptions/:subscription/resourceGroups/:group", (group: string) => groupOf(subscription, group).id],
  ] as const) {
    app.get<{ Params: { group: string } }>(`${at}/providers/${identityType}`, async (request) => {
      const scope = scopeOf(request.params.group);
      authorize(request, `${identityType}/read`, identityVersions, scope, ["$top", "$skiptoken"]);
      const identities = [...subscription.identities.values()].filter(({ id }) => isWithin(id, scope));
      return armPage(
        request,
        identities.map((identity) => shown(identity, request)),
      );
    });
  }

  app.delete<ByIdentity>(identityPath, async (request, reply) => {
    authorize(request, `${identityType}/delete`, identityVersions);
    deleteIdentity(context, identityOf(request.params));
    return reply.code(200).send();
  });

  identityCredentialRoutes(app, context, identityOf);
}

/** Deletes an identity together with its service principal. */
export function deleteIdentity({ subscription, tenant }: ArmContext, identity: ManagedIdentity): void {
  subscription.identities.delete(identity.id.toLowerCase());
  const principal = tenant.servicePrincipals.get(identity.principalId);
  if (principal) tenant.removeServicePrincipal(principal);
  // As in Azure, role assignments of a deleted principal remain. The portal shows them as "Identity not found".
}

const shownBy =
  (tenantId: string) =>
  ({ id, name, location, tags, principalId, clientId }: ManagedIdentity, { query }: FastifyRequest) => {
    const { "api-version": version = "" } = query as Record<string, string>;
    // As recorded, the version of 2024-11-30 shows whether an identity can be used in other regions.
    const scope = version >= "2024-11-30" ? { isolationScope: "None" } : {};
    return {
      ...{ id, name, type: identityType, location, tags },
      properties: { ...scope, principalId, clientId, tenantId },
    };
  };
