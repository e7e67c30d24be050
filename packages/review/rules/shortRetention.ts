import { limits } from "@microservice-identities/validation/limits";
import { inProduction } from "../production";
import type { Rule } from "../rule";
import { brokenVaults } from "../vault";

const days = limits.retentionDays.most;

/** Only in production: vaults for development may be short-lived. */
export const shortRetention: Rule = {
  id: "short-retention",
  severity: "medium",
  rationale: "Some secrets are used only once a quarter, so an accidental deletion can stay unnoticed for weeks.",
  remedy: `Set \`vault.retentionDays: ${days}\`.`,
  references: ["PSRule AZR-000124", "Checkov CKV_AZURE_111"],
  check: ({ resources }) =>
    brokenVaults(
      inProduction(resources),
      ({ enableSoftDelete, softDeleteRetentionInDays }) =>
        Number(softDeleteRetentionInDays ?? days) < days || enableSoftDelete === false,
      `keeps deleted secrets for less than ${days} days`,
    ),
};
