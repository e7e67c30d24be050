import { type EvaluatedResource, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { azureRoleWithId } from "@microservice-identities/well-known/azureRoles";
import { lastPart } from "@microservice-identities/well-known/ids";
import { isKnown, type Reference, referencesTo } from "../references";
import { ofType } from "../resourceType";
import { isReading } from "./azureActions";
import { listOf } from "./offeredRoles";

/** A role that only allows the use of a vault. */
export interface VaultRole {
  readonly name: string;
  /** For example `get`, or the name of a built-in role. */
  readonly permissions: readonly string[];
}

export const assignmentTypes = [
  "azure-native:authorization:RoleAssignment",
  "azure-native:authorization:PimRoleEligibilitySchedule",
] as const;

/** The role definitions of the stack itself. */
export const definitionsIn = (resources: readonly EvaluatedResource[]): Reference => {
  const at = referencesTo(
    ofType(resources, "azure-native:authorization:RoleDefinition"),
    ({ id, properties: { name, roleDefinitionId } }) => [id, ...[name, roleDefinitionId].filter(isKnown).map(lastPart)],
  );
  return (assignment, property, value = assignment.properties[property]) =>
    at(assignment, property, value) ?? (isKnown(value) ? at(assignment, property, lastPart(value)) : undefined);
};

/**
 * The role of an assignment, if it is a vault's: a built-in one, one of the stack that allows nothing else, or the one that the
 * settings name as the role of the vaults' readers. The bootstrap, another stack, defines the last.
 */
export function vaultRolesIn(
  resources: readonly EvaluatedResource[],
): (assignment: EvaluatedResource) => VaultRole | undefined {
  const definitionAt = definitionsIn(resources);
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  return (assignment) => {
    const { roleDefinitionId } = assignment.properties;
    const builtIn = isKnown(roleDefinitionId) ? azureRoleWithId(roleDefinitionId)?.name : undefined;
    if (builtIn !== undefined) return isVaultRole(builtIn) ? { name: builtIn, permissions: [builtIn] } : undefined;
    const own = definitionAt(assignment, "roleDefinitionId");
    if (own) return ownRole(own);
    const { type, properties } = byUrn.get(assignment.parent) ?? {};
    const { readerRole } = properties ?? {};
    const isReaderRole =
      type === "microservice-identities:index:ServiceVault" &&
      isKnown(readerRole) &&
      isKnown(roleDefinitionId) &&
      lastPart(roleDefinitionId) === lastPart(readerRole);
    return isReaderRole ? { name: "the role of vaults' readers", permissions: ["get"] } : undefined;
  };
}

function ownRole(definition: EvaluatedResource): VaultRole | undefined {
  const { permissions, roleName } = definition.properties;
  const all = listOf(permissions).map((each) => (each ?? {}) as Readonly<Record<string, unknown>>);
  const dataActions = all.flatMap((each) => listOf(each.dataActions));
  const isVaultsAlone =
    isKnown(permissions) &&
    all.flatMap((each) => listOf(each.actions)).every((action) => isReading(`${action}`)) &&
    dataActions.length > 0 &&
    dataActions.every((action) => isKnown(action) && /^microsoft\.keyvault\/vaults\//i.test(`${action}`));
  if (!isVaultsAlone) return undefined;
  return { name: `${roleName ?? nameOf(definition.urn)}`, permissions: dataActions.map(permissionOf).sort() };
}

/** The name of the permission in access policies, or otherwise the action's own name. */
const permissionOf = (dataAction: unknown): string => {
  const action = `${dataAction}`.replace(/^microsoft\.keyvault\/vaults\//i, "");
  return action.toLowerCase() === "secrets/getsecret/action" ? "get" : action;
};

/**
 * Azure's roles that let somebody use a vault's secrets, keys or certificates, or give these roles away. The certificate of
 * a vault is a secret too: https://learn.microsoft.com/azure/key-vault/general/rbac-guide
 */
const vaultRoles: readonly string[] = [
  "Key Vault Administrator",
  "Key Vault Certificate User",
  "Key Vault Certificates Officer",
  "Key Vault Crypto Officer",
  "Key Vault Crypto User",
  "Key Vault Data Access Administrator",
  "Key Vault Secrets Officer",
  "Key Vault Secrets User",
];

const isVaultRole = (name: string): boolean => vaultRoles.includes(name);
