import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { consentAction } from "@microservice-identities/well-known/consentPolicy";
import { isKnown } from "../references";
import { allows } from "./azureActions";
import { listOf } from "./offeredRoles";

/** What a role lets its holder take over or access. Attack paths are made of these. */
export const openings = [
  "reads secrets",
  "writes vault policies",
  "assigns roles",
  "assigns vault roles",
  "runs code as identities",
  "trusts others for identities",
  "adds credentials",
  "consents",
  "consents but to Microsoft's APIs",
  "assigns directory roles",
  "changes members",
] as const;
export type Opening = (typeof openings)[number];

const everythingInAzure: readonly Opening[] = [
  "reads secrets",
  "writes vault policies",
  "assigns roles",
  "runs code as identities",
  "trusts others for identities",
];

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const ofBuiltInRoles: Readonly<Record<string, readonly Opening[]>> = {
  // Both change secrets and policies, but do not read the data of a vault with Azure RBAC.
  [azureRoles.owner.name]: everythingInAzure.slice(1),
  [azureRoles.contributor.name]: ["writes vault policies", "runs code as identities", "trusts others for identities"],
  [azureRoles.userAccessAdministrator.name]: ["assigns roles"],
  [azureRoles.roleBasedAccessControlAdministrator.name]: ["assigns roles"],
  [azureRoles.managedIdentityOperator.name]: ["runs code as identities"],
  "Managed Identity Contributor": ["trusts others for identities"],
  "Managed Identity Federated Identity Credential Contributor": ["trusts others for identities"],
  "Key Vault Contributor": ["writes vault policies"],
  "Key Vault Data Access Administrator": ["assigns vault roles"],
  [azureRoles.keyVaultAdministrator.name]: ["reads secrets"],
  [azureRoles.keyVaultSecretsOfficer.name]: ["reads secrets"],
  [azureRoles.keyVaultSecretsUser.name]: ["reads secrets"],
  // A certificate of a vault is a secret too: https://learn.microsoft.com/azure/key-vault/general/rbac-guide
  "Key Vault Certificate User": ["reads secrets"],
};

export const openingsOfBuiltInRole = (name: string): readonly Opening[] => ofBuiltInRoles[name] ?? [];

/** @param permissions of a role definition; unknown ones count as everything */
export function openingsOfDefinition(permissions: unknown): readonly Opening[] {
  if (!isKnown(permissions) || !Array.isArray(permissions)) return everythingInAzure;
  const data = (action: string) => allows(permissions, action, "dataActions");
  const management = (action: string) => allows(permissions, action);
  const found: readonly [Opening, boolean][] = [
    [
      "reads secrets",
      // A backup can be restored in another vault of the subscription.
      data("Microsoft.KeyVault/vaults/secrets/getSecret/action") ||
        data("Microsoft.KeyVault/vaults/secrets/backup/action"),
    ],
    [
      "writes vault policies",
      management("Microsoft.KeyVault/vaults/write") || management("Microsoft.KeyVault/vaults/accessPolicies/write"),
    ],
    [
      "assigns roles",
      management("Microsoft.Authorization/roleAssignments/write") ||
        management("Microsoft.Authorization/roleDefinitions/write"),
    ],
    ["runs code as identities", management("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action")],
    [
      "trusts others for identities",
      management("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write"),
    ],
  ];
  return found.flatMap(([opening, isOpen]) => (isOpen ? [opening] : []));
}

/** A role of Azure that neither Azure nor the stack defines, as far as is known. */
export const openingsOfUnknownRole = everythingInAzure;

/** https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const ofDirectoryRoles: Readonly<Record<string, readonly Opening[]>> = {
  "Application Administrator": ["adds credentials", "consents but to Microsoft's APIs"],
  "Cloud Application Administrator": ["adds credentials", "consents but to Microsoft's APIs"],
  "Privileged Role Administrator": ["assigns directory roles", "consents"],
  "Directory Writers": ["changes members"],
  "Groups Administrator": ["changes members"],
  "User Administrator": ["changes members"],
};

export const openingsOfDirectoryRole = (name: string): readonly Opening[] => ofDirectoryRoles[name] ?? [];

/** @param permissions of a custom role of the directory: the actions that each allows */
export function openingsOfCustomDirectoryRole(permissions: unknown): readonly Opening[] {
  const actions = listOf(permissions)
    .flatMap((each) => listOf((each as { allowedResourceActions?: unknown } | null)?.allowedResourceActions))
    .map((action) => `${action}`.toLowerCase());
  const openingOf = (action: string): Opening | undefined => {
    if (
      /^microsoft\.directory\/(applications(\.myorganization)?|serviceprincipals)\/(credentials|owners|allproperties)\/(update|alltasks)$/.test(
        action,
      )
    )
      return "adds credentials";
    if (action === consentAction.toLowerCase()) return "consents but to Microsoft's APIs";
    if (
      /^microsoft\.directory\/serviceprincipals\/(managepermissiongrantsforall\.|approleassignedto\/update$)/.test(
        action,
      )
    )
      return "consents";
    return /^microsoft\.directory\/groups(\.security|\.unified)?\/(members|owners|allproperties)\/(update|alltasks)$/.test(
      action,
    )
      ? "changes members"
      : undefined;
  };
  return openings.filter((opening) => actions.some((action) => openingOf(action) === opening));
}

/** https://learn.microsoft.com/graph/permissions-reference */
const ofGraphRoles: Readonly<Record<string, readonly Opening[]>> = {
  "Application.ReadWrite.All": ["adds credentials"],
  "Application.ReadUpdate.All": ["adds credentials"],
  "AppRoleAssignment.ReadWrite.All": ["consents"],
  "Directory.ReadWrite.All": ["changes members"],
  "Group.ReadWrite.All": ["changes members"],
  "GroupMember.ReadWrite.All": ["changes members"],
};

export const openingsOfGraphRole = (name: string): readonly Opening[] => ofGraphRoles[name] ?? [];
