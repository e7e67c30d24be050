import type { Vault } from "../keyVault/vault";
import { vaultType } from "./vaultOf";

/** A vault as Resource Manager shows it. */
export function shownVault(vault: Vault, provisioningState = "Succeeded"): Record<string, unknown> {
  const { id, name, location, tags, accessPolicies, enableRbacAuthorization, softDeleteRetentionInDays } = vault;
  return {
    id,
    name,
    type: vaultType,
    location,
    tags,
    ...(vault.systemData ? { systemData: vault.systemData } : {}),
    properties: {
      enabledForDeployment: false,
      publicNetworkAccess: "Enabled",
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
