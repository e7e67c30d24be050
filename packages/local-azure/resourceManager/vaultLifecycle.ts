import type { Vault } from "../keyVault/vault";
import type { ArmContext } from "./armContext";

/** A new vault, without rights for anybody. */
export async function createVault(
  { subscription, hosting }: Pick<ArmContext, "subscription" | "hosting">,
  id: string,
  location: string,
): Promise<Vault> {
  const name = id.split("/").pop() ?? "";
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
    recovering: new Map(),
  };
  subscription.vaults.set(name.toLowerCase(), vault);
  return vault;
}

/** A deleted vault keeps its name, and its contents, for the retention days. */
export async function deleteVault({ subscription, tenant, hosting }: ArmContext, vault: Vault): Promise<void> {
  subscription.vaults.delete(vault.name.toLowerCase());
  subscription.deletedVaults.set(vault.name.toLowerCase(), { vault, deletedAt: tenant.now.getTime() });
  subscription.access.removeUnder(vault.id);
  subscription.removeStored(vault.id.toLowerCase());
  await hosting.close(vault.name);
}

export async function recoverVault({ subscription, hosting }: ArmContext, vault: Vault): Promise<Vault> {
  const open = { ...vault, uri: await hosting.open(vault.name) };
  subscription.deletedVaults.delete(vault.name.toLowerCase());
  subscription.vaults.set(vault.name.toLowerCase(), open);
  return open;
}
