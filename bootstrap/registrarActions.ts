/**
 * The actions that a deployment of a landscape needs in Resource Manager. None of them reads a secret or assigns a role. But an
 * identity that can write a vault can add an access policy for itself, and one that can delete resource groups can delete any
 * of them. Therefore each environment needs its own subscription.
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

/** The additional actions that it needs for `vault.privateEndpoint`, `vault.diagnostics` and `alarms`. */
export const landingZoneActions = [
  "Microsoft.Network/privateEndpoints/read",
  "Microsoft.Network/privateEndpoints/write",
  "Microsoft.Network/privateEndpoints/delete",
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write",
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/delete",
  "Microsoft.KeyVault/vaults/PrivateEndpointConnectionsApproval/action",
  "Microsoft.Insights/diagnosticSettings/read",
  "Microsoft.Insights/diagnosticSettings/write",
  "Microsoft.Insights/diagnosticSettings/delete",
  "Microsoft.EventGrid/eventSubscriptions/read",
  "Microsoft.EventGrid/eventSubscriptions/write",
  "Microsoft.EventGrid/eventSubscriptions/delete",
  "Microsoft.Insights/scheduledQueryRules/read",
  "Microsoft.Insights/scheduledQueryRules/write",
  "Microsoft.Insights/scheduledQueryRules/delete",
] as const;
