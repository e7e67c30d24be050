/**
 * What a landscape's resources take in Resource Manager. None of it reads a secret or assigns a role; but whoever writes a
 * vault can let itself in by an access policy, and whoever deletes resource groups can delete any: an environment needs a
 * subscription of its own.
 */
export const registrarActions = [
  "Microsoft.Resources/subscriptions/resourceGroups/read",
  "Microsoft.Resources/subscriptions/resourceGroups/write",
  "Microsoft.Resources/subscriptions/resourceGroups/delete",
  // Deleting a resource group is a long-running operation: the provider polls its result.
  "Microsoft.Resources/subscriptions/operationresults/read",
  "Microsoft.ManagedIdentity/userAssignedIdentities/read",
  "Microsoft.ManagedIdentity/userAssignedIdentities/write",
  "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
  "Microsoft.KeyVault/vaults/read",
  "Microsoft.KeyVault/vaults/write",
  "Microsoft.KeyVault/vaults/delete",
  "Microsoft.KeyVault/vaults/secrets/read",
  "Microsoft.KeyVault/vaults/secrets/write",
  "Microsoft.KeyVault/locations/deletedVaults/read",
  "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
] as const;
