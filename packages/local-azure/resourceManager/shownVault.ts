import type { Vault } from "../keyVault/vault";
import { vaultType } from "./vaultOf";

/** As recorded, a firewall that lets everything in is not shown. */
function withoutOpenFirewall({ networkAcls, ...rest }: Vault["properties"]): Vault["properties"] {
  const { defaultAction, ipRules = [], virtualNetworkRules = [] } = (networkAcls ?? {}) as Acls;
  const isOpen = defaultAction !== "Deny" && ipRules.length + virtualNetworkRules.length === 0;
  return isOpen ? rest : { ...rest, networkAcls };
}

interface Acls {
  readonly defaultAction?: string;
  readonly ipRules?: readonly unknown[];
  readonly virtualNetworkRules?: readonly unknown[];
}

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
      ...withoutOpenFirewall(vault.properties),
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
