import type { Rule } from "../rule";
import { ofName } from "../subject";

export const sharedVault: Rule = {
  id: "shared-vault",
  severity: "high",
  rationale: "An access policy opens a whole vault: who reads two vaults has the secrets of two services.",
  remedy: "Give each service a vault of its own, with its own identity as the only reader.",
  check: ({ model }) => {
    // Of a reader who is no workload, unknown-reader tells each vault.
    const workloads = model.readers.filter(({ reader }) => model.identities.includes(reader));
    return [...new Set(workloads.map(({ reader }) => reader))].flatMap((reader) => {
      const vaults = [...new Set(workloads.filter((each) => each.reader === reader).map(({ vault }) => vault))].sort();
      return vaults.length > 1
        ? [{ subject: ofName(reader), message: `reads ${vaults.join(" and ")}`, extent: { parts: vaults } }]
        : [];
    });
  },
};
