import { allows } from "@microservice-identities/review/access/azureActions";

/** A vault or an identity of the stack. */
export interface Target {
  readonly name: string;
  readonly id: string;
  /** How a role lets its holder read the vault or act as the identity; empty for a harmless role. */
  readonly ways: (permissions: unknown) => readonly string[];
}

/** Ways to the secrets of a vault. https://learn.microsoft.com/azure/key-vault/general/rbac-guide */
export const intoVault = (permissions: unknown, isRbac: boolean): string[] => [
  ...(isRbac && allows(permissions, "Microsoft.KeyVault/vaults/secrets/getSecret/action", "dataActions")
    ? ["reads secrets"]
    : []),
  ...(isRbac && allows(permissions, "Microsoft.KeyVault/vaults/secrets/setSecret/action", "dataActions")
    ? ["replaces secrets"]
    : []),
  // This permission also switches a vault from access policies to roles.
  ...(allows(permissions, "Microsoft.Authorization/roleAssignments/write") ? ["gives itself any role"] : []),
  ...(allows(permissions, "Microsoft.Authorization/roleDefinitions/write") ? ["changes what roles allow"] : []),
  ...(!isRbac &&
  ["Microsoft.KeyVault/vaults/accessPolicies/write", "Microsoft.KeyVault/vaults/write"].some((action) =>
    allows(permissions, action),
  )
    ? ["lets itself in by an access policy"]
    : []),
  // Writing a secret through Resource Manager needs no right in the vault.
  ...(allows(permissions, "Microsoft.KeyVault/vaults/secrets/write") ? ["replaces secrets by Resource Manager"] : []),
];

export const intoIdentity = (permissions: unknown): string[] => [
  ...(allows(permissions, "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action")
    ? ["runs code as the identity"]
    : []),
  ...(allows(permissions, "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write")
    ? ["adds a federated credential"]
    : []),
];

/** The names of the targets, by the way into them. */
export function waysInto(targets: readonly Target[], permissions: unknown): ReadonlyMap<string, readonly string[]> {
  const ways = new Map<string, string[]>();
  for (const { name, ways: waysOf } of targets)
    for (const way of waysOf(permissions)) ways.set(way, [...(ways.get(way) ?? []), name]);
  return ways;
}
