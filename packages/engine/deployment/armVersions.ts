import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";

/** The API versions of Resource Manager that @pulumi/azure-native 3.28 sends, and that this project's own requests use. */
export const armVersions = {
  resourceGroup: "2024-03-01",
  vault: keyVaultVersion,
  identity: "2023-01-31",
  roleAssignment: "2022-04-01",
  roleDefinition: "2022-05-01-preview",
  roleEligibility: "2020-10-01",
  network: "2024-05-01",
  diagnosticSetting: "2021-05-01-preview",
  eventSubscription: "2025-02-15",
  scheduledQueryRule: "2025-01-01-preview",
} as const;
