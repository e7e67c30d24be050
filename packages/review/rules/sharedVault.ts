import type { Rule } from "../rule";

export const sharedVault: Rule = {
  id: "shared-vault",
  severity: "high",
  rationale: "An access policy opens a whole vault: who reads two vaults has the secrets of two services.",
  remedy: "Give each service a vault of its own, with its own identity as the only reader.",
  check: ({ model }) =>
    [...new Set(model.readers.map(({ reader }) => reader))].flatMap((reader) => {
      const vaults = [...new Set(model.readers.filter((each) => each.reader === reader).map(({ vault }) => vault))];
      return vaults.length > 1 ? [{ subject: reader, message: `reads ${vaults.sort().join(" and ")}` }] : [];
    }),
};
