import { inProduction } from "../production";
import type { Rule } from "../rule";
import { brokenVaults } from "../vault";

/** Only in production: vaults for development may be short-lived. */
export const purgeableVault: Rule = {
  id: "purgeable-vault",
  severity: "high",
  rationale: "Without purge protection, everybody who can delete the vault can also destroy its secrets permanently.",
  remedy: "Set `vault.purgeProtection: true`.",
  references: ["PSRule AZR-000125", "Checkov CKV_AZURE_110"],
  check: ({ resources }) =>
    brokenVaults(
      inProduction(resources),
      ({ enablePurgeProtection }) => enablePurgeProtection !== true,
      "can be purged",
    ),
};
