/**
 * Why a vault refuses to return a secret, and what to do. Only the inner code of Key Vault's answer distinguishes a firewall
 * from a missing policy or role. The text of the answer is not repeated, because it names the caller and the network.
 * https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
 *
 * @param error of `@azure/keyvault-secrets`; @returns `undefined` for any other answer
 */
export function vaultRefusalOf(error: unknown): string | undefined {
  const { details } = error as { readonly details?: { readonly error?: { readonly innerError?: { code?: unknown } } } };
  const code = details?.error?.innerError?.code;
  return typeof code === "string" && Object.hasOwn(remedies, code) ? `${code}: ${remedies[code]}` : undefined;
}

const ownIdentity =
  "check that the workload runs as the service's own managed identity (AZURE_CLIENT_ID), and deploy the stack again with a refresh";

const remedies: Readonly<Record<string, string>> = {
  ForbiddenByFirewall:
    "the vault's firewall does not admit the network that the service runs in; add its subnet or address to the stack's vault.network",
  ForbiddenByConnection:
    "the vault's public network access is disabled; let the service run where a private endpoint reaches the vault",
  AccessDenied: `no access policy of the vault lets this identity get secrets; ${ownIdentity}`,
  ForbiddenByPolicy: `no access policy of the vault lets this identity get secrets; ${ownIdentity}`,
  ForbiddenByRbac: `this identity has no Azure role that lets it get secrets of the vault; ${ownIdentity}. A new role assignment takes up to ten minutes`,
  SecretDisabled:
    "the newest version of the secret is disabled; enable it in the vault, or revoke it and deploy the stack again",
};
