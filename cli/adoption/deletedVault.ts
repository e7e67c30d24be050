import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import { markTag } from "../../components/markTag";
import type { TenantEditor, TenantReader } from "./tenant";

type Json = Record<string, unknown>;

/** A deleted vault that still reserves the name of a declared one. */
export interface DeletedVault {
  readonly name: string;
  /** The resource id that it had and gets again. */
  readonly vaultId: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly deleted: string;
  /** When its name becomes available again, RFC 3339. */
  readonly purged: string;
  readonly hasPurgeProtection: boolean;
}

/**
 * The deleted vault with the name and the region of a declared one; `undefined` if there is none.
 *
 * @param wanted the properties of the vault, with a known `vaultName`
 * @throws TenantError without `Microsoft.KeyVault/locations/deletedVaults/read` in the subscription
 */
export async function deletedVaultOf(
  { vaultName, location }: Json,
  tenant: Pick<TenantReader, "subscriptionId" | "resource">,
): Promise<DeletedVault | undefined> {
  const provider = `/subscriptions/${tenant.subscriptionId}/providers/Microsoft.KeyVault`;
  const found = await tenant.resource(`${provider}/locations/${location}/deletedVaults/${vaultName}`, keyVaultVersion);
  if (!found) return undefined;
  const { vaultId, tags, deletionDate, scheduledPurgeDate, purgeProtectionEnabled } = found.properties as Json;
  return {
    name: `${found.name}`,
    vaultId: `${vaultId}`,
    location: `${location}`,
    tags: (tags as Record<string, string> | undefined) ?? {},
    deleted: `${deletionDate}`,
    purged: `${scheduledPurgeDate}`,
    hasPurgeProtection: purgeProtectionEnabled === true,
  };
}

/**
 * Whether a deployment may recover it for the declared vault: a stack of this project must have created it, in the same resource
 * group. A vault that a person created may contain secrets that the service must not read.
 */
export function isRecoverable({ vaultId, tags }: DeletedVault, { resourceGroupName }: Json): boolean {
  const [, group = ""] = /\/resourceGroups\/([^/]+)\//i.exec(vaultId) ?? [];
  return markTag in tags && group.toLowerCase() === `${resourceGroupName}`.toLowerCase();
}

/**
 * Recovers a deleted vault with its secrets. Only its mark is set; the next deployment sets everything else.
 * https://learn.microsoft.com/azure/key-vault/general/key-vault-recovery
 */
export const recoverVault = (tenant: TenantEditor, { vaultId, location, tags }: DeletedVault, mark: string) =>
  tenant.put(vaultId, keyVaultVersion, {
    location,
    tags: { ...tags, [markTag]: mark },
    properties: {
      createMode: "recover",
      tenantId: tenant.tenantId,
      sku: { family: "A", name: "standard" },
      accessPolicies: [],
    },
  });
