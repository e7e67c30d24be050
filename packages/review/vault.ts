import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { listOf } from "./access/offeredRoles";
import { ofType } from "./resourceType";
import type { Breach } from "./rule";
import { ofResource } from "./subject";

/** The properties of a vault that the rules check. */
export interface VaultProperties {
  readonly enableRbacAuthorization?: unknown;
  readonly enablePurgeProtection?: unknown;
  readonly enableSoftDelete?: unknown;
  readonly softDeleteRetentionInDays?: unknown;
  readonly enabledForDeployment?: unknown;
  readonly enabledForTemplateDeployment?: unknown;
  readonly enabledForDiskEncryption?: unknown;
  readonly publicNetworkAccess?: unknown;
  readonly networkAcls?: { readonly defaultAction?: unknown; readonly ipRules?: unknown; readonly bypass?: unknown };
}

/** A violation for each Key Vault for which `isBroken` is true. */
export const brokenVaults = (
  resources: readonly EvaluatedResource[],
  isBroken: (properties: VaultProperties) => boolean,
  message: string,
): Breach[] =>
  ofType(resources, "azure-native:keyvault:Vault")
    .filter(({ properties }) => isBroken((properties.properties ?? {}) as VaultProperties))
    .map((vault) => ({ subject: ofResource(vault), message }));

/** How many IPv4 addresses a firewall's rules allow. An unreadable rule counts as all addresses. */
export function addressesIn(ipRules: unknown): number {
  return listOf(ipRules).reduce<number>((sum, rule) => {
    const { value } = (rule ?? {}) as { value?: unknown };
    const [, prefix] = /^[\d.]+(?:\/(\d+))?$/.exec(`${value}`) ?? [undefined, "0"];
    return sum + 2 ** (32 - Number(prefix ?? 32));
  }, 0);
}
