import type { Vault } from "../keyVault/vault";
import { resourceNotFound } from "./armError";
import { groupOf } from "./groupOf";
import type { Subscription } from "./subscription";

export const vaultType = "Microsoft.KeyVault/vaults";
export const vaultsPath = `/subscriptions/:subscription/resourceGroups/:group/providers/${vaultType}`;
export const vaultPath = `${vaultsPath}/:vault`;
export type ByVault = { group: string; vault: string };

export const vaultId = (subscription: Subscription, { group, vault }: ByVault): string =>
  `${subscription.path}/resourceGroups/${group}/providers/${vaultType}/${vault}`;

/** @throws ArmError if there is no such vault in the group */
export function vaultOf(subscription: Subscription, named: ByVault): Vault {
  const found = subscription.vaults.get(named.vault.toLowerCase());
  if (found?.id.toLowerCase() === vaultId(subscription, named).toLowerCase()) return found;
  groupOf(subscription, named.group);
  throw resourceNotFound(`${vaultType}/${named.vault}' under resource group '${named.group}`);
}
