import { readFile } from "node:fs/promises";
import { counted } from "@microservice-identities/validation/counted";
import { daysBetween } from "@microservice-identities/validation/days";
import { isToBeReplaced, keyVaultRetirement, replacement } from "@microservice-identities/well-known/keyVaultVersions";
import { CommandError } from "./command";

/**
 * The API version of Key Vault's control plane that the installed @pulumi/azure-native uses. Only the documentation of the
 * package's classes contains it.
 *
 * @throws CommandError if that documentation no longer contains it
 */
export async function installedKeyVaultVersion(): Promise<string> {
  const file = require.resolve("@pulumi/azure-native/keyvault/vault");
  const [, version] =
    /Uses Azure REST API version (\d{4}-\d\d-\d\d(?:-preview)?)/.exec(await readFile(file, "utf8")) ?? [];
  if (version) return version;
  throw new CommandError(`${file} does not say which API version it uses; look it up in the package's release notes`);
}

/** Instructions for people to follow before Azure refuses a version. */
export function apiVersionWarnings(version: string, today: string): string[] {
  if (!isToBeReplaced(version, today)) return [];
  const days = daysBetween(today, keyVaultRetirement);
  const when =
    days < 0
      ? `has been refused since ${keyVaultRetirement}`
      : `is refused after ${keyVaultRetirement}, ${days === 0 ? "today" : `in ${counted(days, "day")}`}`;
  return [`The installed @pulumi/azure-native asks for Microsoft.KeyVault ${version}, which ${when}. ${replacement}`];
}
