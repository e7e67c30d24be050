import type { Rule } from "../rule";
import { ofName } from "../subject";

export const sharedVault: Rule = {
  id: "shared-vault",
  severity: "high",
  rationale: "An access policy covers a whole vault: a reader of two vaults has the secrets of two services.",
  remedy: "Give each service its own vault, with its own identity as the only reader.",
  check: ({ model }) => {
    // unknown-reader reports each vault of a reader that is not a workload.
    const workloads = model.readers.filter(({ reader }) => model.identities.includes(reader));
    return [...new Set(workloads.map(({ reader }) => reader))].flatMap((reader) => {
      const vaults = [...new Set(workloads.filter((each) => each.reader === reader).map(({ vault }) => vault))].sort();
      return vaults.length > 1
        ? [{ subject: ofName(reader), message: `reads ${vaults.join(" and ")}`, extent: { parts: vaults } }]
        : [];
    });
  },
};
