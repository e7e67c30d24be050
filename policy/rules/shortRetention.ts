import { nameOf } from "../resources";
import { isProduction, type Rule, type VaultProperties, vaultsOf } from "../rule";

/** In production only: a vault for development may come and go. */
export const shortRetention: Rule = {
  id: "short-retention",
  severity: "medium",
  rationale: "What was deleted by mistake is found missing at the end of a quarter, not of a week.",
  remedy: "Set `vault.retentionDays: 90`.",
  references: ["PSRule AZR-000124", "Checkov CKV_AZURE_111"],
  check: (reviewed) =>
    (isProduction(reviewed) ? vaultsOf(reviewed.resources) : [])
      .filter(({ properties }) => {
        const { enableSoftDelete, softDeleteRetentionInDays } = properties.properties as VaultProperties;
        return (softDeleteRetentionInDays ?? 90) < 90 || enableSoftDelete === false;
      })
      .map(({ urn }) => ({ subject: nameOf(urn), message: "keeps what was deleted for less than 90 days" })),
};
