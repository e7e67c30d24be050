import { type Assumption, verdict } from "../assumption";
import { text } from "../lab";
import { askForVault, propertiesOf, resourceGroup } from "../vaults";

const [before, since] = ["2024-11-01", "2026-02-01"];

export const rbacByDefault: Assumption = {
  id: "C-26",
  sentence: `A vault that is created without \`enableRbacAuthorization\` uses Azure RBAC from version ${since} on, and access policies before.`,
  reliesOn: "`isRbacByDefault` of the local Azure",
  how: `Creates a vault with ${before} and one with ${since}.`,
  async examine(lab) {
    const group = await resourceGroup(lab);
    const created = async (version: string) => {
      const { answer } = await askForVault(lab, group, { accessPolicies: [] }, version);
      text(answer, "id");
      return propertiesOf(answer.body).enableRbacAuthorization;
    };
    const [old, current] = [await created(before), await created(since)];
    return verdict(old !== true && current === true, `${before}: ${old}; ${since}: ${current}`);
  },
};
