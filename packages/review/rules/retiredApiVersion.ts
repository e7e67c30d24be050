import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import {
  isToBeReplaced,
  keyVaultRetirement,
  keyVaultVersion,
  replacement,
} from "@microservice-identities/well-known/keyVaultVersions";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofName } from "../subject";

/** One finding per version, not per vault, because one update of the program's packages corrects all vaults. */
export const retiredApiVersion: Rule = {
  id: "retired-api-version",
  severity: "medium",
  rationale: `After ${keyVaultRetirement}, Azure refuses older API versions of Microsoft.KeyVault: no vault and no secret can be deployed, so no secret rotates.`,
  remedy: replacement,
  check({ resources, today }) {
    const vaults = ofType(resources, "azure-native:keyvault:Vault", "azure-native:keyvault:Secret");
    const versions = [...new Set(vaults.map(versionOf))].filter((version) => isToBeReplaced(version, today)).sort();
    return versions.map((version) => ({
      subject: ofName(`Microsoft.KeyVault ${version}`),
      at: { file: "package.json", key: "@pulumi/azure-native" },
      message: `works only until ${keyVaultRetirement}`,
      ...(today > keyVaultRetirement ? { severity: "high" as const } : {}),
    }));
  },
};

/** The version in the type, for example `v20241101` in `azure-native:keyvault/v20241101:Vault`; otherwise the package's default. */
function versionOf({ type }: EvaluatedResource): string {
  const [, year, month, day] = /keyvault[/_]v(\d{4})(\d\d)(\d\d)/.exec(type) ?? [];
  return year === undefined ? keyVaultVersion : `${year}-${month}-${day}`;
}
