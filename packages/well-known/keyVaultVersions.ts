/**
 * The API version of Key Vault's control plane that this project uses; no other file contains one. It must be the version with
 * which the installed @pulumi/azure-native deploys the components' vaults and secrets.
 */
export const keyVaultVersion: string = "2024-11-01";

/**
 * The versions that Azure serves until {@link keyVaultRetirement}, and those that it also serves afterwards.
 * https://learn.microsoft.com/azure/key-vault/general/migrate-api-version; azure-cli issue 34020
 */
export const keyVaultVersions = {
  retiring: [
    "2018-02-14",
    "2019-09-01",
    "2021-10-01",
    "2022-07-01",
    "2023-02-01",
    "2023-07-01",
    "2024-11-01",
    "2025-05-01",
  ],
  lasting: ["2026-02-01"],
} as const;

/** The last day on which the older versions are served. */
export const keyVaultRetirement = "2027-02-27";

/** How many days before the retirement warnings begin. */
const warningDays = 120;

/** Whether a version will be retired, soon enough for a warning. @param today for example `2026-11-25` */
export const isToBeReplaced = (apiVersion: string, today: string): boolean =>
  apiVersion < keyVaultVersions.lasting[0] &&
  Date.parse(today) >= Date.parse(keyVaultRetirement) - warningDays * 86_400_000;

/** Instructions for people. */
export const replacement = `Upgrade @pulumi/azure-native to a release whose Microsoft.KeyVault is ${keyVaultVersions.lasting[0]} or newer (or generate that version's SDK with \`pulumi package add azure-native keyvault\`), and set keyVaultVersion in packages/well-known/keyVaultVersions.ts to the same.`;
