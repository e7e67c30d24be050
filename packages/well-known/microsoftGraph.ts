import { microsoftAppRoles } from "./data/microsoftAppRoles";
import { appRoleOf, type MicrosoftAppRole } from "./microsoftApis";

/** A permission of Microsoft Graph that an application can hold by itself. */
export interface GraphPermission extends MicrosoftAppRole {
  /** Narrower permissions that often suffice; each may still be wider than needed. */
  readonly narrower: readonly string[];
}

/** The application (client) id of Microsoft Graph, the same in every tenant. */
export const microsoftGraph = "00000003-0000-0000-c000-000000000000";

/** The permission with this id or name; undefined if it is not published. */
export function graphPermissionNamed(idOrName: unknown): GraphPermission | undefined {
  const role = appRoleOf(microsoftGraph, idOrName);
  return role && { ...role, narrower: narrowerThan(role.name) };
}

/** The ids of permissions by name, as the azuread provider returns them for a service principal. */
export const graphRoleIds = (): Record<string, string> =>
  Object.fromEntries((microsoftAppRoles[microsoftGraph] ?? []).map(([name, id]) => [name, id]));

/** The narrower permissions by their names (`X.Read.All` for `X.ReadWrite.All`) or by judgement, if they exist. */
function narrowerThan(name: string): string[] {
  const [what = "", action = "", ...scope] = name.split(".");
  const less = (lessThan[action] ?? []).flatMap((lesser) =>
    [...new Set([[lesser, ...scope], [lesser]])].map((parts) => [what, ...parts].join(".")),
  );
  const all = [
    ...(judged[name] ?? []),
    ...(scope.length > 0 ? [`${what}.${action}.OwnedBy`, `${what}.Selected`] : []),
    ...less,
  ];
  return [...new Set(all)].filter((other) => other !== name && appRoleOf(microsoftGraph, other) !== undefined);
}

const lessThan: Readonly<Record<string, readonly string[]>> = {
  FullControl: ["Manage", "ReadWrite", "Read"],
  Manage: ["ReadWrite", "Read"],
  ReadWrite: ["Create", "Read", "ReadBasic"],
  Read: ["ReadBasic"],
};

/** Permissions that do the same for fewer objects, or only a part of it: https://learn.microsoft.com/graph/permissions-reference */
const judged: Readonly<Record<string, readonly string[]>> = {
  "AdministrativeUnit.ReadWrite.All": ["AdministrativeUnit.Read.All"],
  "AppRoleAssignment.ReadWrite.All": ["Application.Read.All"],
  "Application.ReadWrite.All": ["Application.ReadWrite.OwnedBy", "Application.Read.All"],
  "Directory.ReadWrite.All": ["Directory.Read.All", "Application.ReadWrite.OwnedBy", "Device.ReadWrite.All"],
  "Domain.ReadWrite.All": ["Domain.Read.All"],
  "EntitlementManagement.ReadWrite.All": ["EntitlementManagement.Read.All"],
  "Group.ReadWrite.All": ["Group.Create", "GroupMember.ReadWrite.All", "Group.Read.All"],
  "GroupMember.ReadWrite.All": ["GroupMember.Read.All"],
  "Organization.ReadWrite.All": ["OrganizationalBranding.ReadWrite.All", "Organization.Read.All"],
  "Policy.ReadWrite.AuthenticationMethod": ["Policy.Read.AuthenticationMethod"],
  "Policy.ReadWrite.ConditionalAccess": ["Policy.Read.ConditionalAccess", "Policy.Read.All"],
  "Policy.ReadWrite.PermissionGrant": ["Policy.Read.PermissionGrant"],
  "PrivilegedAccess.ReadWrite.AzureADGroup": ["PrivilegedAccess.Read.AzureADGroup"],
  "RoleAssignmentSchedule.ReadWrite.Directory": ["RoleAssignmentSchedule.Read.Directory"],
  "RoleEligibilitySchedule.ReadWrite.Directory": ["RoleEligibilitySchedule.Read.Directory"],
  "RoleManagement.ReadWrite.Directory": [
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleManagement.Read.Directory",
  ],
  "Synchronization.ReadWrite.All": ["Application.ReadWrite.OwnedBy"],
  "User.ReadWrite.All": ["User.Read.All", "LicenseAssignment.ReadWrite.All", "User.Invite.All"],
  "UserAuthenticationMethod.ReadWrite.All": [
    "UserAuthenticationMethod.Read.All",
    "UserAuthMethod-Passkey.ReadWrite.All",
  ],
  "Calendars.ReadWrite": ["Calendars.Read"],
  "Chat.Read.All": ["Chat.Read.WhereInstalled", "Chat.ReadBasic.All"],
  "Chat.ReadWrite.All": ["Chat.ReadWrite.WhereInstalled", "Chat.Read.All"],
  "Contacts.ReadWrite": ["Contacts.Read"],
  "DelegatedPermissionGrant.ReadWrite.All": ["Directory.Read.All"],
  "Device.ReadWrite.All": ["Device.Read.All"],
  "Files.Read.All": ["Sites.Selected", "Files.SelectedOperations.Selected"],
  "Files.ReadWrite.All": ["Sites.Selected", "Files.SelectedOperations.Selected", "Files.Read.All"],
  "Group.Read.All": ["GroupMember.Read.All"],
  "Mail.Read": ["Mail.ReadBasic.All"],
  "Mail.ReadWrite": ["Mail.Read", "Mail.ReadBasic.All"],
  "MailboxSettings.ReadWrite": ["MailboxSettings.Read"],
  "Policy.Read.All": ["Policy.Read.ConditionalAccess", "Policy.Read.AuthenticationMethod"],
  "RoleManagement.Read.All": ["RoleManagement.Read.Directory"],
  "Sites.FullControl.All": ["Sites.Selected", "Sites.Manage.All", "Sites.ReadWrite.All"],
  "Sites.Manage.All": ["Sites.Selected", "Lists.SelectedOperations.Selected", "Sites.ReadWrite.All"],
  "Sites.Read.All": ["Sites.Selected", "Lists.SelectedOperations.Selected", "Files.Read.All"],
  "Sites.ReadWrite.All": ["Sites.Selected", "Lists.SelectedOperations.Selected", "Files.ReadWrite.All"],
  "Directory.Read.All": ["User.Read.All", "Group.Read.All", "GroupMember.Read.All"],
};
