import type { Rule } from "../rule";
import { brokenVaults, type VaultProperties } from "../vault";

/** The readers that each property admits. https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/create-or-update */
const opened = {
  enabledForDeployment: "virtual machines",
  enabledForTemplateDeployment: "templates",
  enabledForDiskEncryption: "disk encryption",
} as const satisfies Partial<Record<keyof VaultProperties, string>>;

export const templateReader: Rule = {
  id: "template-reader",
  severity: "medium",
  rationale: "If a vault is open to templates or virtual machines, everybody who can deploy one can read its secrets.",
  remedy: "Remove `enabledFor…` from the vault, and let the workload read its secret with its managed identity.",
  check: ({ resources }) =>
    Object.entries(opened).flatMap(([property, who]) =>
      brokenVaults(
        resources,
        (properties) => properties[property as keyof typeof opened] === true,
        `lets ${who} read secrets (${property})`,
      ),
    ),
};
