import { azureBuiltInRoles } from "./data/azureBuiltInRoles";
import { directoryRoles } from "./data/directoryRoles";
import type { RoleRow, Tier } from "./dataRows";
import { lastPart } from "./ids";

/** Built-in roles of Azure: ids that are the same in every tenant. https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const azureRoles = {
  owner: { id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", name: "Owner" },
  contributor: { id: "b24988ac-6180-42a0-ab88-20f7382dd24c", name: "Contributor" },
  reader: { id: "acdd72a7-3385-48ef-bd42-f606fba81ae7", name: "Reader" },
  userAccessAdministrator: { id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", name: "User Access Administrator" },
  roleBasedAccessControlAdministrator: {
    id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    name: "Role Based Access Control Administrator",
  },
  /** Assigns a managed identity to workloads. */
  managedIdentityOperator: { id: "f1a07417-d97a-45cb-824c-7a7467783830", name: "Managed Identity Operator" },
  keyVaultAdministrator: { id: "00482a5a-887f-4fb3-b363-3b7fe8e74483", name: "Key Vault Administrator" },
  keyVaultReader: { id: "21090545-7ca7-4776-b22c-e363652d74d2", name: "Key Vault Reader" },
  keyVaultSecretsOfficer: { id: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", name: "Key Vault Secrets Officer" },
  keyVaultSecretsUser: { id: "4633458b-17de-408a-b874-0445c86b69e6", name: "Key Vault Secrets User" },
} as const satisfies Record<string, AzureRole>;

export interface AzureRole {
  /** A GUID: the last part of the role definition's resource id. */
  readonly id: string;
  readonly name: string;
}

/** A built-in role with its published tier, if it has one. */
export interface TieredRole extends AzureRole {
  readonly tier?: Tier;
}

/** A built-in role of Azure by a role definition's id, in any spelling. */
export const azureRoleWithId = (roleDefinitionId: unknown): TieredRole | undefined =>
  azureById.get(lastPart(roleDefinitionId));

/** A built-in role of the directory by the id of its template, in any spelling. */
export const directoryRoleWithId = (templateId: unknown): TieredRole | undefined =>
  directoryById.get(lastPart(templateId));

/** A built-in role of the directory by its name, in any spelling. */
export const directoryRoleNamed = (name: string): TieredRole | undefined =>
  [...directoryById.values()].find((role) => role.name.toLowerCase() === name.toLowerCase());

const byId = (rows: readonly RoleRow[]): ReadonlyMap<string, TieredRole> =>
  new Map(rows.map(([name, id, tier]) => [id, { id, name, ...(tier === null ? {} : { tier }) }]));
const azureById = byId(azureBuiltInRoles);
const directoryById = byId(directoryRoles);
