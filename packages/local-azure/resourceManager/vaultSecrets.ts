import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { secretTags, unixTime } from "../keyVault/secretBody";
import { addSecretVersion, type SecretVersion, type Vault } from "../keyVault/vault";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest, resourceNotFound } from "./armError";
import { readOnly } from "./readOnly";
import { type ByVault, vaultOf, vaultPath, vaultType } from "./vaultOf";
import { vaultVersions } from "./vaultVersions";

type BySecret = { Params: ByVault & { secret: string } };

const secretBody = z.strictObject({
  ...readOnly,
  tags: secretTags.nullish(),
  properties: z.strictObject({
    value: z.string().max(25_000),
    contentType: z.string().max(255).optional(),
    attributes: z
      .strictObject({ enabled: z.boolean().optional(), exp: unixTime.optional(), nbf: unixTime.optional() })
      .optional(),
  }),
});

/** Secrets as resources of Resource Manager, which writes their values and never returns them. */
export function vaultSecretRoutes(app: FastifyInstance, { subscription, tenant, authorize }: ArmContext): void {
  app.put<BySecret>(`${vaultPath}/secrets/:secret`, async (request, reply) => {
    authorize(request, `${vaultType}/secrets/write`, vaultVersions(tenant));
    const vault = vaultOf(subscription, request.params);
    const name = request.params.secret;
    if (!/^[0-9a-z-]{1,127}$/i.test(name))
      throw badRequest(
        "InvalidSecretName",
        `The secret name '${name}' is invalid: 1 to 127 letters, digits and hyphens.`,
      );
    if (vault.deletedSecrets.has(name.toLowerCase())) {
      throw new ArmError(
        409,
        "Conflict",
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused.`,
      );
    }
    const { tags, properties } = parse(secretBody, request.body);
    const existed = vault.secrets.has(name.toLowerCase());
    const { value, contentType, attributes } = properties;
    const version = addSecretVersion(vault, name, { value, contentType, tags: tags ?? {}, ...attributes }, () =>
      tenant.now.getTime(),
    );
    return reply.code(existed ? 200 : 201).send(shownSecret(vault, name, version));
  });

  app.get<BySecret>(`${vaultPath}/secrets/:secret`, async (request) => {
    authorize(request, `${vaultType}/secrets/read`, vaultVersions(tenant));
    const vault = vaultOf(subscription, request.params);
    const newest = vault.secrets.get(request.params.secret.toLowerCase())?.at(-1);
    if (!newest) throw resourceNotFound(`${vault.id}/secrets/${request.params.secret}`);
    return shownSecret(vault, request.params.secret, newest);
  });
}

/** Without the value, which Resource Manager never returns. */
function shownSecret(
  vault: Vault,
  name: string,
  { version, contentType, attributes, tags }: SecretVersion,
): Record<string, unknown> {
  return {
    id: `${vault.id}/secrets/${name}`,
    name,
    type: `${vaultType}/secrets`,
    location: vault.location,
    tags,
    properties: {
      attributes,
      contentType,
      secretUri: `${vault.uri}secrets/${name}`,
      secretUriWithVersion: `${vault.uri}secrets/${name}/${version}`,
    },
  };
}
