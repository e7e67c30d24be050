import { readFile } from "node:fs/promises";
import path from "node:path";

/**
 * The sources of the data about Microsoft's APIs and roles. Only facts are used: ids, names, tiers, paths; no prose.
 *
 * - merill/microsoft-info (MIT): the app roles of Microsoft Graph as Graph itself lists them, names of first-party APIs
 * - emiliensocchi/azure-tiering (GPL-3.0): the tiers by known attack paths
 * - Cloud-Architekt/AzurePrivilegedIAM (MIT): tiers by the Enterprise Access Model, app roles of the other APIs
 * - microsoftgraph/microsoft-graph-devx-content (MIT): the permissions that a request to Microsoft Graph needs
 */
export const sources = {
  graphAppRoles: "merill/microsoft-info/main/_info/GraphAppRoles.json",
  firstPartyApps: "merill/microsoft-info/main/_info/MicrosoftApps.json",
  graphTiers:
    "emiliensocchi/azure-tiering/main/Microsoft Graph application permissions/tiered-msgraph-app-permissions.json",
  directoryTiers: "emiliensocchi/azure-tiering/main/Entra roles/tiered-entra-roles.json",
  azureTiers: "emiliensocchi/azure-tiering/main/Azure roles/tiered-azure-roles.json",
  apiPermissions: "Cloud-Architekt/AzurePrivilegedIAM/main/Classification/Classification_ApiPermissions.json",
  azureRoles: "Cloud-Architekt/AzurePrivilegedIAM/main/Classification/Classification_AzureResources.json",
  directoryRoles: "Cloud-Architekt/AzurePrivilegedIAM/main/Classification/Classification_EntraIdDirectoryRoles.json",
  graphRequests: "microsoftgraph/microsoft-graph-devx-content/master/permissions/new/permissions.json",
} as const;

export type Source = keyof typeof sources;

/**
 * @param folder with a copy of each repository, for example `{folder}/merill/microsoft-info/_info/GraphAppRoles.json`; without
 *   it, the newest is downloaded from GitHub
 * @throws Error with the name of a file that cannot be read
 */
export async function readSource(source: Source, folder?: string): Promise<unknown> {
  const [owner = "", repository = "", branch = "", ...file] = sources[source].split("/");
  const text = folder
    ? await readFile(path.join(folder, owner, repository, ...file), "utf8")
    : await download(
        `https://raw.githubusercontent.com/${[owner, repository, branch, ...file].map(encodeURIComponent).join("/")}`,
      );
  // Some of the files begin with a byte order mark.
  return JSON.parse(text.replace(/^\uFEFF/, ""));
}

async function download(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`cannot read ${address}: ${response.status} ${response.statusText}`);
  return response.text();
}
