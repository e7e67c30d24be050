import type { Assumption } from "../assumption";
import { text } from "../lab";
import { type ExpectedRefusal, refusals } from "../refusals";
import { askForVault, groupPath, resourceGroup, vaultBody, vaultPath } from "../vaults";

export const resourceManagerRefusals: Assumption = {
  id: "C-28",
  sentence: "Resource Manager refuses with the status and the code that the local Azure answers with.",
  reliesOn: "packages/local-azure/resourceManager (armError.ts, resourceManager.ts, vaults.ts, resourceGroups.ts)",
  how: "Sends a request for each refusal; the recording contains their texts.",
  async examine(lab) {
    const group = await resourceGroup(lab);
    const { name: deleted, answer } = await askForVault(lab, group, { enableRbacAuthorization: true });
    text(answer, "id");
    await lab.resourceManager("DELETE", vaultPath(group, deleted));
    await lab.until(await lab.resourceManagerRequest("GET", vaultPath(group, deleted)), ({ status }) => status === 404);
    const [none, body] = [`${lab.prefix}-none`, vaultBody(lab)];
    const elsewhere = { location: lab.settings.location === "northeurope" ? "westeurope" : "northeurope" };
    const cases: readonly (readonly [what: string, expected: string, method: string, path: string, json?: object])[] = [
      ["no API version", "400 MissingApiVersionParameter", "GET", `/resourceGroups/${group}`],
      ["an unknown API version", "400 NoRegisteredProviderFound", "GET", vaultPath(group, none, "2001-01-01")],
      ["an unknown resource group", "404 ResourceGroupNotFound", "GET", groupPath(none)],
      ["an unknown vault", "404 ResourceNotFound", "GET", vaultPath(group, none)],
      [
        "a vault's name with a double hyphen",
        "400 VaultNameNotValid",
        "PUT",
        vaultPath(group, `${lab.prefix}--x`),
        body,
      ],
      ["the name of a deleted vault", "409 ConflictError", "PUT", vaultPath(group, deleted), body],
      ["another location of a group", "409 InvalidResourceGroupLocation", "PUT", groupPath(group), elsewhere],
    ];
    const seen: ExpectedRefusal[] = [];
    for (const [what, expected, method, path, json] of cases)
      seen.push({ what, expected, answer: await lab.resourceManager(method, path, json) });
    return refusals(seen);
  },
};
