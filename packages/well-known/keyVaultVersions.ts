/**
 * The API version of Key Vault's control plane that is asked for: no other file names one. The installed
 * @pulumi/azure-native decides which one the components' vaults and secrets are deployed with; this has to say the same.
 */
export const keyVaultVersion: string = "2024-11-01";

/** The oldest version that is served after {@link keyVaultRetirement}. */
export const lastingKeyVaultVersion = "2026-02-01";

/**
 * The last day on which older versions are served.
 * https://learn.microsoft.com/azure/key-vault/general/migrate-api-version; azure-cli issue 34020
 */
export const keyVaultRetirement = "2027-02-27";

/** Whether a version is refused after the retirement. */
export const isRetiring = (apiVersion: string): boolean => apiVersion < lastingKeyVaultVersion;
