import { type EvaluatedResource, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { normalizedId } from "@microservice-identities/well-known/ids";
import { isKnown, referencesTo } from "../references";
import { ofType } from "../resourceType";
import type { Directory } from "./directory";
import { vaultReferences } from "./readers";

/** A vault, and what is known about what it contains. */
export interface VaultPlace {
  readonly vault: string;
  /** What lets somebody in; absent if the stack does not say. */
  readonly judges?: "roles" | "policies";
  /** The names of its resource group: in Azure, and in the program. */
  readonly groups: readonly string[];
  /** The services whose client secret is in it. */
  readonly secretsOf: readonly string[];
}

export function vaultPlaces(resources: readonly EvaluatedResource[], directory: Directory): VaultPlace[] {
  const vaults = ofType(resources, "azure-native:keyvault:Vault");
  const vaultAt = vaultReferences(vaults);
  const groupsOf = resourceGroupsIn(resources);
  const passwords = ofType(resources, "azuread:ApplicationPassword");
  // The project's own secrets also have the id of the password as a tag.
  const passwordAt = referencesTo(passwords, ({ properties: { keyId } }) => [keyId]);
  const byUrn = new Map(passwords.map((password) => [password.urn, password]));
  const kept = new Map<string, Set<string>>();
  for (const secret of ofType(resources, "azure-native:keyvault:Secret")) {
    const vault = vaultAt(secret, "vaultName");
    const { keyId } = (secret.properties.tags ?? {}) as { keyId?: unknown };
    const from = [
      ...(secret.dependencies?.properties ?? []).flatMap((urn) => byUrn.get(urn) ?? []),
      ...[passwordAt(secret, "tags", keyId) ?? []].flat(),
    ].map((password) => directory.service(password).name);
    if (vault) kept.set(vault.urn, new Set([...(kept.get(vault.urn) ?? []), ...from]));
  }
  return vaults.map((vault) => {
    const { enableRbacAuthorization } = (vault.properties.properties ?? {}) as { enableRbacAuthorization?: unknown };
    return {
      vault: nameOf(vault.urn),
      ...(typeof enableRbacAuthorization === "boolean"
        ? { judges: enableRbacAuthorization ? ("roles" as const) : ("policies" as const) }
        : {}),
      groups: groupsOf(vault),
      secretsOf: [...(kept.get(vault.urn) ?? [])].sort(),
    };
  });
}

/** The resource groups of the managed identities, by their names. */
export function identityGroups(
  resources: readonly EvaluatedResource[],
  directory: Directory,
): Record<string, readonly string[]> {
  const groupsOf = resourceGroupsIn(resources);
  return Object.fromEntries(directory.identities.map((identity) => [directory.nameOf(identity), groupsOf(identity)]));
}

function resourceGroupsIn(resources: readonly EvaluatedResource[]): (resource: EvaluatedResource) => string[] {
  const groupAt = referencesTo(
    ofType(resources, "azure-native:resources:ResourceGroup"),
    ({ id, properties: { name, resourceGroupName } }) => [id, name, resourceGroupName],
  );
  return (resource) => {
    const { resourceGroupName } = resource.properties;
    const group = groupAt(resource, "resourceGroupName");
    return [
      ...new Set([
        ...(group ? [nameOf(group.urn)] : []),
        ...(isKnown(resourceGroupName) ? [normalizedId(resourceGroupName)] : []),
      ]),
    ];
  };
}
