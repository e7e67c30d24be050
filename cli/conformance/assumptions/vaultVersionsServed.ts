import { type Assumption, verdict } from "../assumption";
import { errorOf, text } from "../lab";
import { askForVault, resourceGroup, vaultPath } from "../vaults";

const versions = ["2022-07-01", "2023-02-01", "2023-07-01", "2024-11-01", "2025-05-01", "2026-02-01"];
const lasting = ["2026-02-01"];
const lastDay = "2027-02-27";

export const vaultVersionsServed: Assumption = {
  id: "C-25",
  sentence: `Key Vault's control plane serves ${versions.join(", ")}, and after ${lastDay} only ${lasting.join(", ")}.`,
  reliesOn: "packages/local-azure/resourceManager/vaultVersions.ts; the version that azure-native uses",
  how: "Reads a vault with each version.",
  async examine(lab) {
    const group = await resourceGroup(lab);
    const { name, answer: created } = await askForVault(lab, group, {
      accessPolicies: [],
      enableRbacAuthorization: false,
    });
    text(created, "id");
    const isRetired = new Date().toISOString().slice(0, 10) > lastDay;
    const seen: string[] = [];
    let isDifferent = false;
    for (const version of versions) {
      const answer = await lab.resourceManager("GET", vaultPath(group, name, version));
      const isServed = answer.status === 200;
      isDifferent ||= isServed !== (!isRetired || lasting.includes(version));
      seen.push(`${version}: ${isServed ? "served" : errorOf(answer)}`);
    }
    return verdict(!isDifferent, seen.join("; "));
  },
};
