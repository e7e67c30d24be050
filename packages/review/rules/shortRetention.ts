import { limits } from "@microservice-identities/validation/limits";
import { inProduction } from "../production";
import type { Rule } from "../rule";
import { brokenVaults } from "../vault";

const days = limits.retentionDays.most;

/** In production only: a vault for development may come and go. */
export const shortRetention: Rule = {
  id: "short-retention",
  severity: "medium",
  rationale: "What was deleted by mistake is found missing at the end of a quarter, not of a week.",
  remedy: `Set \`vault.retentionDays: ${days}\`.`,
  references: ["PSRule AZR-000124", "Checkov CKV_AZURE_111"],
  check: ({ resources }) =>
    brokenVaults(
      inProduction(resources),
      ({ enableSoftDelete, softDeleteRetentionInDays }) =>
        Number(softDeleteRetentionInDays ?? days) < days || enableSoftDelete === false,
      `keeps what was deleted for less than ${days} days`,
    ),
};
