import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";

/**
 * A resource's type as `package:Kind`, for azure-native `azure-native:module:Kind`, whatever version of Azure's API it is
 * written for: `azure-native:keyvault/v20230701:Vault` and `azure-native_keyvault_v20230701:keyvault:Vault` are
 * `azure-native:keyvault:Vault`.
 */
export function typeOf({ type }: Pick<EvaluatedResource, "type">): string {
  const known = types.get(type);
  if (known !== undefined) return known;
  const [of = "", module = "", ...kind] = type.split(":");
  const bare = of.replace(/^azure-native_.*$/, "azure-native");
  const inside = module.split("/")[0] ?? "";
  const name = kind.join(":");
  const normalized =
    bare === "azure-native"
      ? `${bare}:${inside}:${name}`
      : `${bare}:${module === "index" || module.startsWith("index/") ? "" : `${inside}:`}${name}`;
  types.set(type, normalized);
  return normalized;
}

const types = new Map<string, string>();

/** For example `azuread`. */
export const packageOf = (resource: Pick<EvaluatedResource, "type">): string => typeOf(resource).split(":")[0] ?? "";

/** The resources of these types, which are written as {@link typeOf} returns them. */
export const ofType = (resources: readonly EvaluatedResource[], ...wanted: readonly string[]): EvaluatedResource[] =>
  resources.filter((resource) => !resource.component && wanted.includes(typeOf(resource)));
