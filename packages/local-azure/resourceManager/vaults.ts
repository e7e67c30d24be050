import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { addSecretVersion, type SecretVersion, secretPermissions, type Vault } from "../keyVault/vault";
import { ArmError, badRequest, resourceNotFound } from "./armError";
import { groupOf } from "./resourceGroups";
import { type ArmContext, parse } from "./resourceManager";

const apiVersions = ["2022-07-01", "2023-02-01", "2023-07-01", "2024-11-01", "2025-05-01"];
const type = "Microsoft.KeyVault/vaults";
const collection = "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.KeyVault/vaults";
type ByName = { Params: { group: string; vault: string } };
type BySecret = { Params: { group: string; vault: string; secret: string } };
type ByDeleted = { Params: { location: string; vault: string } };

const text = z.string();
const accessPolicy = z.strictObject({
  tenantId: z.guid(),
  objectId: z.guid(),
  applicationId: z.guid().optional(),
  permissions: z.strictObject({
    secrets: z.array(z.enum([...secretPermissions, "all"])).optional(),
    keys: z.array(text).optional(),
    certificates: z.array(text).optional(),
    storage: z.array(text).optional(),
  }),
});

const vaultBody = z.strictObject({
  location: text.min(1),
  tags: z.record(text, text).nullish(),
  properties: z.strictObject({
    tenantId: z.guid(),
    sku: z.strictObject({ family: z.literal("A"), name: z.enum(["standard", "premium"]) }),
    accessPolicies: z.array(accessPolicy).max(1024).optional(),
    createMode: z.enum(["default", "recover"]).optional(),
    enabledForDeployment: z.boolean().optional(),
    enabledForDiskEncryption: z.boolean().optional(),
    enabledForTemplateDeployment: z.boolean().optional(),
    /** Azure takes only `true`: what is on cannot be taken back, and what is off is left out. */
    enablePurgeProtection: z
      .literal(true, { error: 'The property "enablePurgeProtection" cannot be set to false' })
      .optional(),
    enableRbacAuthorization: z.boolean().optional(),
    enableSoftDelete: z.boolean().optional(),
    networkAcls: z
      .strictObject({
        bypass: z.enum(["AzureServices", "None"]).optional(),
        defaultAction: z.enum(["Allow", "Deny"]).optional(),
        ipRules: z
          .array(z.strictObject({ value: text }))
          .max(1000)
          .optional(),
        virtualNetworkRules: z
          .array(z.strictObject({ id: text, ignoreMissingVnetServiceEndpoint: z.boolean().optional() }))
          .max(200)
          .optional(),
      })
      .optional(),
    provisioningState: text.optional(),
    publicNetworkAccess: text.optional(),
    softDeleteRetentionInDays: z.int().min(7).max(90).optional(),
    vaultUri: text.optional(),
  }),
});

const secretBody = z.strictObject({
  tags: z.record(text, text).nullish(),
  properties: z.strictObject({
    value: text.max(25_000),
    contentType: text.optional(),
    attributes: z
      .strictObject({ enabled: z.boolean().optional(), exp: z.int().optional(), nbf: z.int().optional() })
      .optional(),
  }),
});

export function vaultRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize, hosting } = context;
  const path = `${collection}/:vault`;
  const vaultOf = ({ group, vault: name }: ByName["Params"]): Vault => {
    const found = subscription.vaults.get(name.toLowerCase());
    if (found?.id.toLowerCase() === idOf(group, name).toLowerCase()) return found;
    groupOf(subscription, group);
    throw resourceNotFound(`Microsoft.KeyVault/vaults/${name}' under resource group '${group}`);
  };
  const idOf = (group: string, name: string) =>
    `${subscription.path}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${name}`;

  app.put<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/write`, apiVersions);
    const { group, vault: name } = request.params;
    groupOf(subscription, group);
    if (!/^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/i.test(name)) {
      throw badRequest(
        "VaultNameNotValid",
        `The vault name '${name}' is invalid: 3 to 24 letters, digits and single hyphens, beginning with a letter.`,
      );
    }
    const { location, tags, properties } = parse(vaultBody, request.body);
    if (properties.tenantId !== tenant.id)
      throw badRequest("BadRequest", `The tenant '${properties.tenantId}' is not the subscription's.`);
    const existing = subscription.vaults.get(name.toLowerCase());
    if (existing && existing.id.toLowerCase() !== idOf(group, name).toLowerCase()) {
      throw new ArmError(409, "VaultAlreadyExists", `The vault name '${name}' is already in use.`);
    }
    const deleted = subscription.deletedVaults.get(name.toLowerCase());
    if (deleted && properties.createMode !== "recover") {
      throw new ArmError(
        409,
        "ConflictError",
        `A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault '${name}'.`,
      );
    }
    const vault = existing ?? (deleted ? await reopen(deleted.vault) : await create(idOf(group, name), name, location));
    if (existing?.enablePurgeProtection && properties.enablePurgeProtection === undefined) {
      throw badRequest("BadRequest", 'The property "enablePurgeProtection" cannot be taken back once it is true.');
    }
    if (
      existing &&
      properties.softDeleteRetentionInDays !== undefined &&
      properties.softDeleteRetentionInDays !== existing.softDeleteRetentionInDays
    ) {
      throw badRequest(
        "BadRequest",
        'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
      );
    }
    const { accessPolicies, enableRbacAuthorization, softDeleteRetentionInDays, enablePurgeProtection, ...rest } =
      properties;
    vault.tags = tags ?? {};
    vault.accessPolicies = accessPolicies ?? vault.accessPolicies;
    vault.enableRbacAuthorization = enableRbacAuthorization ?? false;
    vault.softDeleteRetentionInDays = softDeleteRetentionInDays ?? vault.softDeleteRetentionInDays;
    vault.enablePurgeProtection = enablePurgeProtection ?? false;
    const { createMode: _, provisioningState: __, vaultUri: ___, ...kept } = rest;
    vault.properties = kept;
    // Azure first registers the vault's name, and says so; the next GET answers that it succeeded.
    return reply.code(existing ? 200 : 201).send(shown(vault, existing ? "Succeeded" : "RegisteringDns"));
  });

  const create = async (id: string, name: string, location: string): Promise<Vault> => {
    const vault: Vault = {
      id,
      name,
      location,
      uri: await hosting.open(name),
      tags: {},
      accessPolicies: [],
      enableRbacAuthorization: false,
      softDeleteRetentionInDays: 90,
      enablePurgeProtection: false,
      properties: {},
      secrets: new Map(),
      deletedSecrets: new Map(),
    };
    subscription.vaults.set(name.toLowerCase(), vault);
    return vault;
  };
  const reopen = async (vault: Vault): Promise<Vault> => {
    const open = { ...vault, uri: await hosting.open(vault.name) };
    subscription.deletedVaults.delete(vault.name.toLowerCase());
    subscription.vaults.set(vault.name.toLowerCase(), open);
    return open;
  };

  app.get<ByName>(path, async (request) => {
    authorize(request, `${type}/read`, apiVersions);
    return shown(vaultOf(request.params));
  });

  app.get<{ Params: { group: string } }>(collection, async (request) => {
    authorize(request, `${type}/read`, apiVersions);
    const group = groupOf(subscription, request.params.group);
    return {
      value: [...subscription.vaults.values()].filter(({ id }) => id.startsWith(`${group.id}/`)).map((v) => shown(v)),
    };
  });

  app.delete<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/delete`, apiVersions);
    await deleteVault(context, vaultOf(request.params));
    return reply.code(200).send();
  });

  app.put<{ Params: ByName["Params"] & { operation: string } }>(
    `${path}/accessPolicies/:operation`,
    async (request, reply) => {
      authorize(request, `${type}/accessPolicies/write`, apiVersions);
      const vault = vaultOf(request.params);
      const body = z.strictObject({ properties: z.strictObject({ accessPolicies: z.array(accessPolicy) }) });
      const { accessPolicies: given } = parse(body, request.body).properties;
      const key = (policy: { objectId: string; applicationId?: string }) =>
        `${policy.objectId} ${policy.applicationId ?? ""}`;
      const named = new Set(given.map(key));
      const others = vault.accessPolicies.filter((policy) => !named.has(key(policy)));
      const existing = vault.accessPolicies.filter((policy) => named.has(key(policy)));
      const { operation } = request.params;
      if (operation === "replace") vault.accessPolicies = [...others, ...given];
      else if (operation === "remove") vault.accessPolicies = others;
      else if (operation === "add") {
        const secretsOf = (policy: (typeof given)[number]) =>
          existing.filter((each) => key(each) === key(policy)).flatMap((each) => each.permissions.secrets ?? []);
        vault.accessPolicies = [
          ...others,
          ...given.map((policy) => ({
            ...policy,
            permissions: {
              ...policy.permissions,
              secrets: [...new Set([...secretsOf(policy), ...(policy.permissions.secrets ?? [])])],
            },
          })),
        ];
      } else
        throw badRequest(
          "BadRequest",
          `'${operation}' is no operation on access policies; allowed: add, replace, remove.`,
        );
      const id = `${vault.id}/accessPolicies/`;
      return reply
        .code(existing.length > 0 ? 200 : 201)
        .send({ id, type: `${type}/accessPolicies`, properties: { accessPolicies: vault.accessPolicies } });
    },
  );

  app.put<BySecret>(`${path}/secrets/:secret`, async (request, reply) => {
    authorize(request, `${type}/secrets/write`, apiVersions);
    const vault = vaultOf(request.params);
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

  app.get<BySecret>(`${path}/secrets/:secret`, async (request) => {
    authorize(request, `${type}/secrets/read`, apiVersions);
    const vault = vaultOf(request.params);
    const newest = vault.secrets.get(request.params.secret.toLowerCase())?.at(-1);
    if (!newest) throw resourceNotFound(`${vault.id}/secrets/${request.params.secret}`);
    return shownSecret(vault, request.params.secret, newest);
  });

  const deletedPath =
    "/subscriptions/:subscription/providers/Microsoft.KeyVault/locations/:location/deletedVaults/:vault";
  const deletedOf = (name: string) => {
    const deleted = subscription.deletedVaults.get(name.toLowerCase());
    if (!deleted)
      throw new ArmError(404, "DeletedVaultNotFound", `The specified deleted vault '${name}' does not exist.`);
    return deleted;
  };
  app.get<ByDeleted>(deletedPath, async (request) => {
    authorize(request, "Microsoft.KeyVault/locations/deletedVaults/read", apiVersions, subscription.path);
    const { vault, deletedAt } = deletedOf(request.params.vault);
    const purge = deletedAt + vault.softDeleteRetentionInDays * 86_400_000;
    return {
      id: request.url.split("?")[0],
      name: vault.name,
      type: "Microsoft.KeyVault/deletedVaults",
      properties: {
        vaultId: vault.id,
        location: vault.location,
        deletionDate: new Date(deletedAt).toISOString(),
        scheduledPurgeDate: new Date(purge).toISOString(),
      },
    };
  });
  app.post<ByDeleted>(`${deletedPath}/purge`, async (request, reply) => {
    authorize(request, "Microsoft.KeyVault/locations/deletedVaults/purge/action", apiVersions, subscription.path);
    const { vault } = deletedOf(request.params.vault);
    if (vault.enablePurgeProtection)
      throw new ArmError(
        409,
        "ConflictError",
        `The vault '${vault.name}' has purge protection: it cannot be purged before its time.`,
      );
    subscription.deletedVaults.delete(vault.name.toLowerCase());
    return reply.code(200).send();
  });
}

/** A deleted vault keeps its name, and its contents, for the retention days. */
export async function deleteVault({ subscription, tenant, hosting }: ArmContext, vault: Vault): Promise<void> {
  subscription.vaults.delete(vault.name.toLowerCase());
  subscription.deletedVaults.set(vault.name.toLowerCase(), { vault, deletedAt: tenant.now.getTime() });
  subscription.access.removeUnder(vault.id);
  await hosting.close(vault.name);
}

function shown(vault: Vault, provisioningState = "Succeeded"): Record<string, unknown> {
  const { id, name, location, tags, accessPolicies, enableRbacAuthorization, softDeleteRetentionInDays } = vault;
  return {
    id,
    name,
    type,
    location,
    tags,
    properties: {
      enabledForDeployment: false,
      ...vault.properties,
      accessPolicies,
      enableRbacAuthorization,
      enableSoftDelete: true,
      softDeleteRetentionInDays,
      ...(vault.enablePurgeProtection ? { enablePurgeProtection: true } : {}),
      vaultUri: vault.uri,
      provisioningState,
    },
  };
}

/** Without the value: ARM never gives it out. */
function shownSecret(
  vault: Vault,
  name: string,
  { version, contentType, attributes, tags }: SecretVersion,
): Record<string, unknown> {
  return {
    id: `${vault.id}/secrets/${name}`,
    name,
    type: `${type}/secrets`,
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
