/** The API versions of managed identities and of their federated credentials. */
export const identityVersions = [
  "2018-11-30",
  "2021-09-30-preview",
  "2022-01-31-preview",
  "2023-01-31",
  "2023-07-31-preview",
  "2024-11-30",
  "2025-01-31-preview",
  "2025-05-31-preview",
];

export const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";
export const identityPath = `/subscriptions/:subscription/resourceGroups/:group/providers/${identityType}/:identity`;
export type ByIdentity = { Params: { group: string; identity: string } };
