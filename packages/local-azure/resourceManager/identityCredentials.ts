import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type ArmContext, parse } from "./armContext";
import { badRequest, invalidName, resourceNotFound } from "./armError";
import { armPage } from "./armPage";
import { type ByIdentity, identityPath, identityType, identityVersions } from "./identityType";
import { readOnly } from "./readOnly";
import type { ManagedIdentity } from "./subscription";

type ByCredential = { Params: ByIdentity["Params"] & { credential: string } };

const credentialBody = z.strictObject({
  ...readOnly,
  properties: z.strictObject({
    issuer: z.url().max(600),
    subject: z.string().min(1).max(600),
    audiences: z.array(z.string().min(1).max(600)).length(1),
  }),
});

/** The federated credentials of managed identities. */
export function identityCredentialRoutes(
  app: FastifyInstance,
  { authorize }: ArmContext,
  identityOf: (params: ByIdentity["Params"]) => ManagedIdentity,
): void {
  const credentialPath = `${identityPath}/federatedIdentityCredentials/:credential`;
  const shownCredential = (identity: ManagedIdentity, name: string, properties: unknown) => ({
    id: `${identity.id}/federatedIdentityCredentials/${name}`,
    name,
    type: `${identityType}/federatedIdentityCredentials`,
    properties,
  });

  app.put<ByCredential>(credentialPath, async (request, reply) => {
    authorize(request, `${identityType}/federatedIdentityCredentials/write`, identityVersions);
    const identity = identityOf(request.params);
    const name = request.params.credential;
    if (!/^[a-z0-9][\w-]{2,119}$/i.test(name))
      throw invalidName(name, "3 to 120 letters, digits, hyphens and underscores, beginning with a letter or digit");
    const { properties } = parse(credentialBody, request.body);
    const existed = identity.federatedCredentials.has(request.params.credential);
    if (!existed && identity.federatedCredentials.size >= 20)
      throw badRequest("BadRequest", "A managed identity has at most 20 federated identity credentials.");
    identity.federatedCredentials.set(request.params.credential, properties);
    return reply.code(existed ? 200 : 201).send(shownCredential(identity, request.params.credential, properties));
  });

  app.get<ByCredential>(credentialPath, async (request) => {
    authorize(request, `${identityType}/federatedIdentityCredentials/read`, identityVersions);
    const identity = identityOf(request.params);
    const properties = identity.federatedCredentials.get(request.params.credential);
    if (!properties) throw resourceNotFound(`${identity.id}/federatedIdentityCredentials/${request.params.credential}`);
    return shownCredential(identity, request.params.credential, properties);
  });

  app.get<ByIdentity>(`${identityPath}/federatedIdentityCredentials`, async (request) => {
    authorize(request, `${identityType}/federatedIdentityCredentials/read`, identityVersions, undefined, [
      "$top",
      "$skiptoken",
    ]);
    const identity = identityOf(request.params);
    const rows = [...identity.federatedCredentials].map(([name, properties]) =>
      shownCredential(identity, name, properties),
    );
    return armPage(request, rows);
  });

  app.delete<ByCredential>(credentialPath, async (request, reply) => {
    authorize(request, `${identityType}/federatedIdentityCredentials/delete`, identityVersions);
    const removed = identityOf(request.params).federatedCredentials.delete(request.params.credential);
    return reply.code(removed ? 200 : 204).send();
  });
}
