import type { FastifyInstance } from "fastify";
import type { Vault } from "../keyVault/vault";
import { accessPolicyRoutes } from "./accessPolicies";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest } from "./armError";
import { deletedVaultNamed, deletedVaultRoutes } from "./deletedVaults";
import { groupOf } from "./groupOf";
import { shownVault } from "./shownVault";
import { type VaultProperties, vaultBody } from "./vaultBody";
import { createVault, deleteVault, recoverVault } from "./vaultLifecycle";
import { type ByVault, vaultId, vaultOf, vaultPath, vaultsPath, vaultType } from "./vaultOf";
import { vaultSecretRoutes } from "./vaultSecrets";
import { isRbacByDefault, vaultVersions } from "./vaultVersions";

/** Vaults, and what stands below them. */
export function vaultRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;

  app.put<{ Params: ByVault; Querystring: { "api-version"?: string } }>(vaultPath, async (request, reply) => {
    authorize(request, `${vaultType}/write`, vaultVersions(tenant));
    groupOf(subscription, request.params.group);
    checkName(request.params.vault);
    const { location, tags, properties } = parse(vaultBody, request.body);
    if (properties.tenantId !== tenant.id)
      throw badRequest("BadRequest", `The tenant '${properties.tenantId}' is not the subscription's.`);
    const existing = existingVault(context, request.params);
    if (existing) checkUnchanged(existing, properties);
    const vault = existing ?? (await newVault(context, request.params, location, properties));
    const rbac =
      properties.enableRbacAuthorization ?? (existing ? undefined : isRbacByDefault(request.query["api-version"]));
    change(vault, tags ?? {}, { ...properties, ...(rbac === undefined ? {} : { enableRbacAuthorization: rbac }) });
    // Azure first registers the vault's name, and says so; the next GET answers that it succeeded.
    return reply.code(existing ? 200 : 201).send(shownVault(vault, existing ? "Succeeded" : "RegisteringDns"));
  });

  app.get<{ Params: ByVault }>(vaultPath, async (request) => {
    authorize(request, `${vaultType}/read`, vaultVersions(tenant));
    return shownVault(vaultOf(subscription, request.params));
  });

  app.get<{ Params: { group: string } }>(vaultsPath, async (request) => {
    authorize(request, `${vaultType}/read`, vaultVersions(tenant));
    const group = groupOf(subscription, request.params.group);
    const vaults = [...subscription.vaults.values()];
    return { value: vaults.filter(({ id }) => id.startsWith(`${group.id}/`)).map((vault) => shownVault(vault)) };
  });

  app.delete<{ Params: ByVault }>(vaultPath, async (request, reply) => {
    authorize(request, `${vaultType}/delete`, vaultVersions(tenant));
    await deleteVault(context, vaultOf(subscription, request.params));
    return reply.code(200).send();
  });

  accessPolicyRoutes(app, context);
  vaultSecretRoutes(app, context);
  deletedVaultRoutes(app, context);
}

function checkName(name: string): void {
  if (/^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/i.test(name)) return;
  throw badRequest(
    "VaultNameNotValid",
    `The vault name '${name}' is invalid: 3 to 24 letters, digits and single hyphens, beginning with a letter.`,
  );
}

/** @throws ArmError when the name is another vault's: names are unique in all of Azure */
function existingVault({ subscription }: ArmContext, named: ByVault): Vault | undefined {
  const existing = subscription.vaults.get(named.vault.toLowerCase());
  if (!existing || existing.id.toLowerCase() === vaultId(subscription, named).toLowerCase()) return existing;
  throw new ArmError(409, "VaultAlreadyExists", `The vault name '${named.vault}' is already in use.`);
}

async function newVault(
  context: ArmContext,
  named: ByVault,
  location: string,
  { createMode }: VaultProperties,
): Promise<Vault> {
  const deleted = deletedVaultNamed(context, named.vault);
  if (!deleted) return createVault(context, vaultId(context.subscription, named), location);
  if (createMode === "recover") return recoverVault(context, deleted.vault);
  throw new ArmError(
    409,
    "ConflictError",
    "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
  );
}

function checkUnchanged(vault: Vault, given: VaultProperties): void {
  if (vault.enablePurgeProtection && given.enablePurgeProtection === undefined)
    throw badRequest("BadRequest", 'The property "enablePurgeProtection" cannot be taken back once it is true.');
  const { softDeleteRetentionInDays: days = vault.softDeleteRetentionInDays } = given;
  if (days !== vault.softDeleteRetentionInDays) {
    throw badRequest(
      "BadRequest",
      'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
    );
  }
}

function change(vault: Vault, tags: Readonly<Record<string, string>>, given: VaultProperties): void {
  const { accessPolicies, enableRbacAuthorization, softDeleteRetentionInDays, enablePurgeProtection, ...rest } = given;
  const { createMode: _, provisioningState: __, vaultUri: ___, ...kept } = rest;
  vault.tags = tags;
  vault.accessPolicies = accessPolicies ?? vault.accessPolicies;
  vault.enableRbacAuthorization = enableRbacAuthorization ?? vault.enableRbacAuthorization;
  vault.softDeleteRetentionInDays = softDeleteRetentionInDays ?? vault.softDeleteRetentionInDays;
  vault.enablePurgeProtection = enablePurgeProtection ?? false;
  vault.properties = kept;
}
