import type { Rule } from "../rule";
import { brokenVaults, type VaultProperties } from "../vault";

/** By property, who reads. https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/create-or-update */
const opened = {
  enabledForDeployment: "virtual machines",
  enabledForTemplateDeployment: "templates",
  enabledForDiskEncryption: "disk encryption",
} as const satisfies Partial<Record<keyof VaultProperties, string>>;

export const templateReader: Rule = {
  id: "template-reader",
  severity: "medium",
  rationale: "Whoever may deploy a template or a virtual machine with a vault that is open to them reads its secrets.",
  remedy: "Leave `enabledFor…` out of the vault; let the workload read its secret by its managed identity.",
  check: ({ resources }) =>
    Object.entries(opened).flatMap(([property, who]) =>
      brokenVaults(
        resources,
        (properties) => properties[property as keyof typeof opened] === true,
        `lets ${who} read secrets (${property})`,
      ),
    ),
};
