import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isWithin } from "../roleBasedAccess";
import { type ArmContext, parse } from "./armContext";
import { badRequest, resourceNotFound } from "./armError";
import { armPage } from "./armPage";
import { groupOf } from "./groupOf";
import { checkLocation, readOnly } from "./readOnly";
import type { ManagedIdentity } from "./subscription";

const apiVersions = [
  "2018-11-30",
  "2021-09-30-preview",
  "2022-01-31-preview",
  "2023-01-31",
  "2023-07-31-preview",
  "2024-11-30",
  "2025-01-31-preview",
  "2025-05-31-preview",
];
export const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";
const type = identityType;
const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:identity`;
type ByName = { Params: { group: string; identity: string } };
type ByCredential = { Params: { group: string; identity: string; credential: string } };

const tags = z.record(z.string(), z.string()).nullish();
const body = z.strictObject({
  ...readOnly,
  location: z.string().min(1),
  tags,
  properties: z
    .strictObject({
      principalId: z.string().optional(),
      clientId: z.string().optional(),
      tenantId: z.string().optional(),
    })
    .optional(),
});
const changes = z.strictObject({ ...readOnly, location: z.string().optional(), tags });
const credentialBody = z.strictObject({
  ...readOnly,
  properties: z.strictObject({
    issuer: z.url(),
    subject: z.string().min(1),
    audiences: z.array(z.string()).length(1),
  }),
});

export function managedIdentityRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;
  const shown = shownBy(tenant.id);
  const idOf = ({ group, identity }: ByName["Params"]) =>
    `${subscription.path}/resourceGroups/${group}/providers/${type}/${identity}`;
  const identityOf = (params: ByName["Params"]): ManagedIdentity => {
    const found = subscription.identities.get(idOf(params).toLowerCase());
    if (found) return found;
    groupOf(subscription, params.group);
    throw resourceNotFound(`${type}/${params.identity}' under resource group '${params.group}`);
  };

  app.put<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/write`, apiVersions);
    groupOf(subscription, request.params.group);
    const name = request.params.identity;
    if (!/^[a-z0-9][\w-]{2,127}$/i.test(name)) {
      throw badRequest(
        "InvalidResourceName",
        `The identity name '${name}' is invalid: 3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit.`,
      );
    }
    const { location, tags } = parse(body, request.body);
    const id = idOf(request.params);
    const existing = subscription.identities.get(id.toLowerCase());
    if (existing) {
      checkLocation(existing, location);
      existing.tags = tags ?? {};
      return reply.code(200).send(shown(existing));
    }
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
    return reply.code(201).send(shown(identity));
  });

  app.get<ByName>(path, async (request) => {
    authorize(request, `${type}/read`, apiVersions);
    return shown(identityOf(request.params));
  });

  app.patch<ByName>(path, async (request) => {
    authorize(request, `${type}/write`, apiVersions);
    const identity = identityOf(request.params);
    identity.tags = parse(changes, request.body).tags ?? identity.tags;
    return shown(identity);
  });

  for (const [at, scopeOf] of [
    ["/subscriptions/:subscription", () => subscription.path],
    ["/subscriptions/:subscription/resourceGroups/:group", (group: string) => groupOf(subscription, group).id],
  ] as const) {
    app.get<{ Params: { group: string } }>(`${at}/providers/${type}`, async (request) => {
      const scope = scopeOf(request.params.group);
      authorize(request, `${type}/read`, apiVersions, scope, ["$top", "$skiptoken"]);
      const identities = [...subscription.identities.values()].filter(({ id }) => isWithin(id, scope));
      return armPage(request, identities.map(shown));
    });
  }

  app.delete<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/delete`, apiVersions);
    deleteIdentity(context, identityOf(request.params));
    return reply.code(200).send();
  });

  const credentialPath = `${path}/federatedIdentityCredentials/:credential`;
  const shownCredential = (identity: ManagedIdentity, name: string, properties: unknown) => ({
    id: `${identity.id}/federatedIdentityCredentials/${name}`,
    name,
    type: `${type}/federatedIdentityCredentials`,
    properties,
  });

  app.put<ByCredential>(credentialPath, async (request, reply) => {
    authorize(request, `${type}/federatedIdentityCredentials/write`, apiVersions);
    const identity = identityOf(request.params);
    const { properties } = parse(credentialBody, request.body);
    const existed = identity.federatedCredentials.has(request.params.credential);
    if (!existed && identity.federatedCredentials.size >= 20)
      throw badRequest("BadRequest", "A managed identity has at most 20 federated identity credentials.");
    identity.federatedCredentials.set(request.params.credential, properties);
    return reply.code(existed ? 200 : 201).send(shownCredential(identity, request.params.credential, properties));
  });

  app.get<ByCredential>(credentialPath, async (request) => {
    authorize(request, `${type}/federatedIdentityCredentials/read`, apiVersions);
    const identity = identityOf(request.params);
    const properties = identity.federatedCredentials.get(request.params.credential);
    if (!properties) throw resourceNotFound(`${identity.id}/federatedIdentityCredentials/${request.params.credential}`);
    return shownCredential(identity, request.params.credential, properties);
  });

  app.get<ByName>(`${path}/federatedIdentityCredentials`, async (request) => {
    authorize(request, `${type}/federatedIdentityCredentials/read`, apiVersions, undefined, ["$top", "$skiptoken"]);
    const identity = identityOf(request.params);
    const rows = [...identity.federatedCredentials].map(([name, properties]) =>
      shownCredential(identity, name, properties),
    );
    return armPage(request, rows);
  });

  app.delete<ByCredential>(credentialPath, async (request, reply) => {
    authorize(request, `${type}/federatedIdentityCredentials/delete`, apiVersions);
    const removed = identityOf(request.params).federatedCredentials.delete(request.params.credential);
    return reply.code(removed ? 200 : 204).send();
  });
}

/** Its service principal goes with it. */
export function deleteIdentity({ subscription, tenant }: ArmContext, identity: ManagedIdentity): void {
  subscription.identities.delete(identity.id.toLowerCase());
  const principal = tenant.servicePrincipals.get(identity.principalId);
  if (principal) tenant.removeServicePrincipal(principal);
  // As Azure: role assignments of a principal that is gone stay behind, as "Identity not found".
}

const shownBy =
  (tenantId: string) =>
  ({ id, name, location, tags, principalId, clientId }: ManagedIdentity) => ({
    id,
    name,
    type,
    location,
    tags,
    properties: { principalId, clientId, tenantId },
  });
