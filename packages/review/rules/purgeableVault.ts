import { inProduction } from "../production";
import type { Rule } from "../rule";
import { brokenVaults } from "../vault";

/** In production only: a vault for development may come and go. */
export const purgeableVault: Rule = {
  id: "purgeable-vault",
  severity: "high",
  rationale: "Without purge protection whoever may delete the vault ends every secret in it for good.",
  remedy: "Set `vault.purgeProtection: true`.",
  references: ["PSRule AZR-000125", "Checkov CKV_AZURE_110"],
  check: ({ resources }) =>
    brokenVaults(
      inProduction(resources),
      ({ enablePurgeProtection }) => enablePurgeProtection !== true,
      "can be purged",
    ),
};
