import { nameOf } from "../resources";
import { isProduction, type Rule, type VaultProperties, vaultsOf } from "../rule";

/** In production only: a vault for development may come and go. */
export const purgeableVault: Rule = {
  id: "purgeable-vault",
  severity: "high",
  rationale: "Without purge protection whoever may delete the vault ends every secret in it for good.",
  remedy: "Set `vault.purgeProtection: true`.",
  references: ["PSRule AZR-000125", "Checkov CKV_AZURE_110"],
  check: (reviewed) =>
    (isProduction(reviewed) ? vaultsOf(reviewed.resources) : [])
      .filter(({ properties }) => {
        const { enablePurgeProtection } = properties.properties as VaultProperties;
        return enablePurgeProtection !== true;
      })
      .map(({ urn }) => ({ subject: nameOf(urn), message: "can be purged" })),
};
