import { type EvaluatedResource, kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Breach } from "./rule";

/** What the rules look at in a vault. */
export interface VaultProperties {
  readonly enableRbacAuthorization?: boolean;
  readonly enablePurgeProtection?: boolean;
  readonly enableSoftDelete?: boolean;
  readonly softDeleteRetentionInDays?: number;
  readonly publicNetworkAccess?: string;
  readonly networkAcls?: { readonly defaultAction?: string };
}

/** A breach for each vault that is as `isBroken` says. */
export const brokenVaults = (
  resources: readonly EvaluatedResource[],
  isBroken: (properties: VaultProperties) => boolean,
  message: string,
): Breach[] =>
  resources
    .filter((resource) => kindOf(resource) === "Vault" && resource.properties.properties !== undefined)
    .filter(({ properties }) => isBroken(properties.properties as VaultProperties))
    .map(({ urn }) => ({ subject: nameOf(urn), message }));
