import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Vault } from "../keyVault/vault";
import { isWithin } from "../roleBasedAccess";
import { accessPolicyRoutes, checkTenants } from "./accessPolicies";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest } from "./armError";
import { armPage } from "./armPage";
import { deletedVaultNamed, deletedVaultRoutes } from "./deletedVaults";
import { groupOf } from "./groupOf";
import { checkLocation, checkShown } from "./readOnly";
import { shownVault } from "./shownVault";
import { type VaultProperties, vaultBody, vaultChanges } from "./vaultBody";
import { createVault, deleteVault, recoverVault } from "./vaultLifecycle";
import { type ByVault, vaultId, vaultOf, vaultPath, vaultsPath, vaultType } from "./vaultOf";
import { vaultSecretRoutes } from "./vaultSecrets";
import { isRbacByDefault, vaultVersions } from "./vaultVersions";

/** Vaults and their child resources. */
export function vaultRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;

  app.put<{ Params: ByVault; Querystring: { "api-version"?: string } }>(vaultPath, async (request, reply) => {
    authorize(request, `${vaultType}/write`, vaultVersions(tenant));
    groupOf(subscription, request.params.group);
    checkName(request.params.vault);
    const { location, tags, properties } = parse(vaultBody, request.body);
    checkTenants(tenant.id, properties);
    const existing = existingVault(context, request.params);
    checkAddress(request.params.vault, existing?.uri, properties);
    if (existing) {
      checkLocation(existing, location);
      checkUnchanged(existing, properties);
    }
    const isRbac =
      properties.enableRbacAuthorization ??
      existing?.enableRbacAuthorization ??
      isRbacByDefault(request.query["api-version"]);
    if (!isRbac && properties.accessPolicies === undefined && properties.createMode !== "recover")
      throw badRequest("BadRequest", "The parameter accessPolicies is not specified.");
    if (existing) checkModel(context, request, existing, isRbac);
    const vault = existing ?? (await newVault(context, request.params, location, properties));
    change(vault, tags ?? {}, { ...properties, enableRbacAuthorization: isRbac });
    sign(context, vault, request);
    // Azure first reports that it registers the vault's name. The next GET reports success.
    return reply.code(existing ? 200 : 201).send(shownVault(vault, existing ? "Succeeded" : "RegisteringDns"));
  });

  app.patch<{ Params: ByVault }>(vaultPath, async (request) => {
    authorize(request, `${vaultType}/write`, vaultVersions(tenant));
    const vault = vaultOf(subscription, request.params);
    const { tags, properties } = parse(vaultChanges, request.body);
    checkTenants(tenant.id, properties ?? {});
    checkAddress(vault.name, vault.uri, properties ?? {});
    const protection = vault.enablePurgeProtection ? { enablePurgeProtection: true as const } : {};
    const changed = { ...vault.properties, ...protection, ...properties };
    checkUnchanged(vault, changed);
    checkModel(context, request, vault, changed.enableRbacAuthorization ?? vault.enableRbacAuthorization);
    change(vault, tags ?? vault.tags, changed);
    sign(context, vault, request);
    return shownVault(vault);
  });

  app.get<{ Params: ByVault }>(vaultPath, async (request) => {
    authorize(request, `${vaultType}/read`, vaultVersions(tenant));
    return shownVault(vaultOf(subscription, request.params));
  });

  for (const [path, scopeOf] of [
    [`/subscriptions/:subscription/providers/${vaultType}`, () => subscription.path],
    [vaultsPath, (group: string) => groupOf(subscription, group).id],
  ] as const) {
    app.get<{ Params: { group: string } }>(path, async (request) => {
      const scope = scopeOf(request.params.group);
      authorize(request, `${vaultType}/read`, vaultVersions(tenant), scope, ["$top", "$skiptoken"]);
      const vaults = [...subscription.vaults.values()].filter(({ id }) => isWithin(id, scope));
      return armPage(
        request,
        vaults.map((vault) => shownVault(vault)),
      );
    });
  }

  app.post("/subscriptions/:subscription/providers/Microsoft.KeyVault/checkNameAvailability", async (request) => {
    const action = "Microsoft.KeyVault/checkNameAvailability/read";
    authorize(request, action, vaultVersions(tenant), subscription.path);
    const { name } = parse(availabilityBody, request.body);
    return availabilityOf(context, name);
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

const availabilityBody = z.strictObject({ name: z.string(), type: z.literal(vaultType) });

function availabilityOf(context: ArmContext, name: string): Record<string, unknown> {
  if (!isValidName(name)) {
    const message = `The vault name '${name}' is invalid: 3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen.`;
    return { nameAvailable: false, reason: "AccountNameInvalid", message };
  }
  const isTaken = context.subscription.vaults.has(name.toLowerCase());
  if (!isTaken && !deletedVaultNamed(context, name)) return { nameAvailable: true };
  const message = `The vault name '${name}' is already in use. If you are sure that the vault name was not taken, then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state.`;
  return { nameAvailable: false, reason: "AlreadyExists", message };
}

const isValidName = (name: string): boolean => /^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/i.test(name);

function checkName(name: string): void {
  if (isValidName(name)) return;
  throw badRequest(
    "VaultNameNotValid",
    `The vault name '${name}' is invalid: 3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen.`,
  );
}

/** @throws ArmError if a vault elsewhere has the name, because names are unique in all of Azure */
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

/** A vault's address is read-only. As recorded, a client sends back the one that it read; in Azure it begins with the vault's name. */
function checkAddress(name: string, uri: string | undefined, { vaultUri }: Partial<VaultProperties>): void {
  const isInAzure = vaultUri?.toLowerCase().startsWith(`https://${name.toLowerCase()}.`);
  if (!isInAzure) checkShown({ vaultUri }, { vaultUri: uri ?? `https://${name}.vault.azure.net/` });
}

function checkUnchanged(vault: Vault, given: Partial<VaultProperties>): void {
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

/**
 * A change of the permission model changes who can read the vault, so Azure requires the right to assign any role.
 * https://learn.microsoft.com/azure/key-vault/general/rbac-guide
 *
 * @throws ArmError if the caller lacks this right or has it only under a condition; the text is in Azure/bicep 13541
 */
function checkModel(
  { subscription, caller }: ArmContext,
  request: FastifyRequest,
  vault: Vault,
  isRbac: boolean,
): void {
  if (vault.enableRbacAuthorization === isRbac) return;
  const action = "Microsoft.Authorization/roleAssignments/write";
  const { objectId } = caller(request);
  if (subscription.access.allowsUnconditionally(objectId, action, vault.id)) return;
  throw badRequest(
    "InsufficientPermissions",
    `Caller is not allowed to change permission model. For more information on how to change the permissions model follow this link: https://go.microsoft.com/fwlink/?linkid=2155160.\r\nDetails: oid=${objectId}; action=${action}; resource=${vault.id}; decision=NotAllowed;`,
  );
}

/** Records who wrote the vault. */
function sign({ tenant, caller }: ArmContext, vault: Vault, request: FastifyRequest): void {
  const [by, type, at] = [caller(request).appId, "Application", tenant.now.toISOString()] as const;
  const created = vault.systemData ?? { createdBy: by, createdByType: type, createdAt: at };
  vault.systemData = { ...created, lastModifiedBy: by, lastModifiedByType: type, lastModifiedAt: at };
}

function change(vault: Vault, tags: Readonly<Record<string, string>>, given: Partial<VaultProperties>): void {
  const { accessPolicies, enableRbacAuthorization, softDeleteRetentionInDays, enablePurgeProtection, ...rest } = given;
  const { createMode: _, provisioningState: __, vaultUri: ___, ...kept } = rest;
  vault.tags = tags;
  vault.accessPolicies = accessPolicies ?? vault.accessPolicies;
  vault.enableRbacAuthorization = enableRbacAuthorization ?? vault.enableRbacAuthorization;
  vault.softDeleteRetentionInDays = softDeleteRetentionInDays ?? vault.softDeleteRetentionInDays;
  vault.enablePurgeProtection = enablePurgeProtection ?? false;
  vault.properties = kept;
}
