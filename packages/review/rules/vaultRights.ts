import type { Rule } from "../rule";
import { ofReader } from "../subject";

const enough = ["get", "Key Vault Secrets User"];

export const vaultRights: Rule = {
  id: "vault-rights",
  severity: "high",
  rationale: "A service reads one secret by its name: whoever may list, set or purge can do more than that.",
  remedy: "Leave `get` on secrets, or the role Key Vault Secrets User on this vault.",
  references: ["PSRule AZR-000118"],
  check: ({ model }) =>
    model.readers
      // Of a reader who is no workload, unknown-reader tells what it may.
      .filter(({ reader }) => model.identities.includes(reader))
      .flatMap(({ vault, reader, permissions }) => {
        const more = permissions.filter((permission) => !enough.includes(permission));
        return more.length > 0
          ? [{ subject: ofReader({ reader, vault }), message: `may also ${more.join(", ")}`, extent: { parts: more } }]
          : [];
      }),
};
