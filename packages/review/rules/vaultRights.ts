import type { Rule } from "../rule";
import { ofReader } from "../subject";

const enough = ["get", "Key Vault Secrets User"];

export const vaultRights: Rule = {
  id: "vault-rights",
  severity: "high",
  rationale: "A service needs only to read one secret by its name. It does not need to list, set or purge secrets.",
  remedy:
    "Keep only `get` on secrets, or the role Key Vault Secrets User on this vault, or a custom role with the data action `Microsoft.KeyVault/vaults/secrets/getSecret/action` alone.",
  references: ["PSRule AZR-000118"],
  check: ({ model }) =>
    model.readers
      // unknown-reader reports the permissions of a reader that is not a workload.
      .filter(({ reader }) => model.identities.includes(reader))
      .flatMap(({ vault, reader, permissions }) => {
        const more = permissions.filter((permission) => !enough.includes(permission));
        return more.length > 0
          ? [{ subject: ofReader({ reader, vault }), message: `also has ${more.join(", ")}`, extent: { parts: more } }]
          : [];
      }),
};
