import {
  type EvaluatedResource,
  isUnknown,
  nameOf,
  unknownValue,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import { normalizedId } from "@microservice-identities/well-known/ids";
import type { VaultReader } from "../accessModel";
import { isKnown, type Reference, referencesTo } from "../references";
import { ofType } from "../resourceType";
import type { Directory, Party } from "./directory";
import { listOf } from "./offeredRoles";
import type { Unknowns } from "./unknowns";
import { unknownText, valueText } from "./valueText";
import { assignmentTypes, vaultRolesIn } from "./vaultRoles";

/** The readers of each vault, from access policies (inline or separate resources) and from role assignments. */
export function readersIn(
  resources: readonly EvaluatedResource[],
  directory: Directory,
  unknowns: Unknowns,
): readonly VaultReader[] {
  const vaults = ofType(resources, "azure-native:keyvault:Vault");
  const vaultAt = vaultReferences(vaults);
  const inline = vaults.flatMap((vault) => {
    const { accessPolicies } = (vault.properties.properties ?? {}) as { accessPolicies?: unknown };
    return listOf(accessPolicies).map((policy) => {
      const { objectId, permissions } = (policy ?? {}) as Record<string, unknown>;
      const reader = readerOf(directory, vault, "properties", objectId);
      if (reader.unknown !== undefined) unknowns.add(vault, "properties.accessPolicies.objectId", objectId);
      return { vault: nameOf(vault.urn), reader: reader.name, permissions: permissionsOf(permissions) };
    });
  });
  const separate = ofType(resources, "azure-native:keyvault:AccessPolicy").map((resource) => {
    const { objectId, permissions } = (resource.properties.policy ?? {}) as Record<string, unknown>;
    const reader = readerOf(directory, resource, "policy", objectId);
    if (reader.unknown !== undefined) unknowns.add(resource, "policy.objectId", objectId);
    const vault = vaultAt(resource, "vaultName");
    return {
      vault: vault ? nameOf(vault.urn) : valueText(resource.properties.vaultName),
      reader: reader.name,
      permissions: permissionsOf(permissions),
    };
  });
  const vaultRoleOf = vaultRolesIn(resources);
  const byRole = ofType(resources, ...assignmentTypes).flatMap((assignment) => {
    const role = vaultRoleOf(assignment);
    if (!role) return [];
    const vault = vaultAt(assignment, "scope");
    const reader = directory.principal(assignment, "principalId");
    return [
      {
        vault: vault ? nameOf(vault.urn) : valueText(assignment.properties.scope),
        reader: reader.name,
        permissions: role.permissions,
        byRole: true as const,
      },
    ];
  });
  return [...inline, ...separate, ...byRole];
}

/** A vault by its resource id, or by its name, which is unique in all of Azure. */
export const vaultReferences = (vaults: readonly EvaluatedResource[]): Reference => {
  const byName = referencesTo(vaults, ({ id, properties: { name, vaultName } }) => [
    id,
    ...[name, vaultName].filter(isKnown),
  ]);
  return (resource, property, value = resource.properties[property]) =>
    byName(resource, property, isKnown(value) ? (vaultNameIn(value) ?? value) : value) ??
    (isKnown(value) ? byName(resource, property, value) : undefined);
};

const vaultNameIn = (id: unknown): string | undefined =>
  /\/providers\/microsoft\.keyvault\/vaults\/([^/]+)$/.exec(normalizedId(id))?.[1];

/** If exactly one identity does not exist yet, it must be the reader that is unknown before the deployment. */
const readerOf = (directory: Directory, resource: EvaluatedResource, property: string, objectId: unknown): Party => {
  const identities = new Set(directory.identities.map(({ urn }) => urn));
  const from = (resource.dependencies?.[property] ?? []).filter((urn) => identities.has(urn));
  return directory.principal({ ...resource, dependencies: { [property]: from } }, property, objectId);
};

function permissionsOf(permissions: unknown): string[] {
  if (typeof permissions !== "object" || permissions === null || isUnknown(permissions)) return [unknownText];
  return Object.entries(permissions)
    .filter(([, names]) => names !== undefined && names !== null)
    .flatMap(([of, names]) =>
      (Array.isArray(names) ? names : [unknownValue("is not a list")]).map((name) =>
        of === "secrets" ? valueText(name).toLowerCase() : `${of}/${valueText(name)}`.toLowerCase(),
      ),
    )
    .sort();
}
