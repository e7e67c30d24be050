/** A permission of Microsoft Graph that an application can hold by itself. */
export interface GraphPermission {
  readonly name: string;
  /** The id of the app role, the same in every tenant. */
  readonly id: string;
  /**
   * 0: who holds it can give itself, or somebody, any right in the tenant. 1: it changes what belongs to others, or reads
   * what is confidential, tenant-wide. 2: it reads the directory.
   */
  readonly tier: 0 | 1 | 2;
  /** Permissions that often do; each may still be more than is needed. */
  readonly narrower?: readonly string[];
}

/** The application (client) id of Microsoft Graph, the same in every tenant. */
export const microsoftGraph = "00000003-0000-0000-c000-000000000000";

/** The ids: https://learn.microsoft.com/graph/permissions-reference. The tiers are our judgement of what each lets do. */
const permissions: readonly GraphPermission[] = [
  {
    name: "AdministrativeUnit.ReadWrite.All",
    id: "5eb59dd3-1da2-4329-8733-9dabdc435916",
    tier: 0,
    narrower: ["AdministrativeUnit.Read.All"],
  },
  {
    name: "AppRoleAssignment.ReadWrite.All",
    id: "06b708a9-e830-4db3-a914-8e69da51d44f",
    tier: 0,
    narrower: ["Application.Read.All"],
  },
  {
    name: "Application.ReadWrite.All",
    id: "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    tier: 0,
    narrower: ["Application.ReadWrite.OwnedBy", "Application.Read.All"],
  },
  { name: "Application.ReadWrite.OwnedBy", id: "18a4783c-866b-4cc7-a460-3d5e5662c884", tier: 0 },
  {
    name: "Directory.ReadWrite.All",
    id: "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
    tier: 0,
    narrower: ["Directory.Read.All", "Application.ReadWrite.OwnedBy", "Device.ReadWrite.All"],
  },
  { name: "Domain.ReadWrite.All", id: "7e05723c-0bb0-42da-be95-ae9f08a6e53c", tier: 0, narrower: ["Domain.Read.All"] },
  {
    name: "EntitlementManagement.ReadWrite.All",
    id: "9acd699f-1e81-4958-b001-93b1d2506e19",
    tier: 0,
    narrower: ["EntitlementManagement.Read.All"],
  },
  {
    name: "Group.ReadWrite.All",
    id: "62a82d76-70ea-41e2-9197-370581804d09",
    tier: 0,
    narrower: ["Group.Create", "GroupMember.ReadWrite.All", "Group.Read.All"],
  },
  {
    name: "GroupMember.ReadWrite.All",
    id: "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
    tier: 0,
    narrower: ["GroupMember.Read.All"],
  },
  {
    name: "Organization.ReadWrite.All",
    id: "292d869f-3427-49a8-9dab-8c70152b74e9",
    tier: 0,
    narrower: ["OrganizationalBranding.ReadWrite.All", "Organization.Read.All"],
  },
  {
    name: "Policy.ReadWrite.AuthenticationMethod",
    id: "29c18626-4985-4dcd-85c0-193eef327366",
    tier: 0,
    narrower: ["Policy.Read.AuthenticationMethod"],
  },
  {
    name: "Policy.ReadWrite.ConditionalAccess",
    id: "01c0a623-fc9b-48e9-b794-0756f8e8f067",
    tier: 0,
    narrower: ["Policy.Read.ConditionalAccess", "Policy.Read.All"],
  },
  {
    name: "Policy.ReadWrite.PermissionGrant",
    id: "a402ca1c-2696-4531-972d-6e5ee4aa11ea",
    tier: 0,
    narrower: ["Policy.Read.PermissionGrant"],
  },
  { name: "PrivilegedAccess.ReadWrite.AzureAD", id: "854d9ab1-6657-4ec8-be45-823027bcd009", tier: 0 },
  {
    name: "PrivilegedAccess.ReadWrite.AzureADGroup",
    id: "2f6817f8-7b12-4f0f-bc18-eeaf60705a9e",
    tier: 0,
    narrower: ["PrivilegedAccess.Read.AzureADGroup"],
  },
  { name: "PrivilegedAccess.ReadWrite.AzureResources", id: "6f9d5abc-2db6-400b-a267-7de22a40fb87", tier: 0 },
  {
    name: "RoleAssignmentSchedule.ReadWrite.Directory",
    id: "dd199f4a-f148-40a4-a2ec-f0069cc799ec",
    tier: 0,
    narrower: ["RoleAssignmentSchedule.Read.Directory"],
  },
  {
    name: "RoleEligibilitySchedule.ReadWrite.Directory",
    id: "fee28b28-e1f3-4841-818e-2704dc62245f",
    tier: 0,
    narrower: ["RoleEligibilitySchedule.Read.Directory"],
  },
  {
    name: "RoleManagement.ReadWrite.Directory",
    id: "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    tier: 0,
    narrower: [
      "RoleEligibilitySchedule.ReadWrite.Directory",
      "RoleAssignmentSchedule.ReadWrite.Directory",
      "RoleManagement.Read.Directory",
    ],
  },
  { name: "RoleManagementPolicy.ReadWrite.Directory", id: "31e08e0a-d3f7-4ca2-ac39-7343fb83e8ad", tier: 0 },
  {
    name: "Synchronization.ReadWrite.All",
    id: "9b50c33d-700f-43b1-b2eb-87e89b703581",
    tier: 0,
    narrower: ["Application.ReadWrite.OwnedBy"],
  },
  {
    name: "User.ReadWrite.All",
    id: "741f803b-c850-494e-b5df-cde7c675a1ca",
    tier: 0,
    narrower: ["User.Read.All", "LicenseAssignment.ReadWrite.All", "User.Invite.All"],
  },
  {
    name: "UserAuthenticationMethod.ReadWrite.All",
    id: "50483e42-d915-4231-9639-7fdb7fd190e5",
    tier: 0,
    narrower: ["UserAuthenticationMethod.Read.All", "UserAuthMethod-Passkey.ReadWrite.All"],
  },
  { name: "AuditLog.Read.All", id: "b0afded3-3588-46d8-8b3d-9842eff778da", tier: 1 },
  { name: "BitlockerKey.Read.All", id: "57f1cf28-c0c4-4ec3-9a30-19a2eaaf2f6e", tier: 1 },
  { name: "Calendars.ReadWrite", id: "ef54d2bf-783f-4e0f-bca1-3210c0444d99", tier: 1, narrower: ["Calendars.Read"] },
  { name: "ChannelMessage.Read.All", id: "7b2449af-6ccd-4f4d-9f78-e550c193f0d1", tier: 1 },
  {
    name: "Chat.Read.All",
    id: "6b7d71aa-70aa-4810-a8d9-5d9fb2830017",
    tier: 1,
    narrower: ["Chat.Read.WhereInstalled", "Chat.ReadBasic.All"],
  },
  {
    name: "Chat.ReadWrite.All",
    id: "294ce7c9-31ba-490a-ad7d-97a7d075e4ed",
    tier: 1,
    narrower: ["Chat.ReadWrite.WhereInstalled", "Chat.Read.All"],
  },
  { name: "Contacts.ReadWrite", id: "6918b873-d17a-4dc1-b314-35f528134491", tier: 1, narrower: ["Contacts.Read"] },
  {
    name: "DelegatedPermissionGrant.ReadWrite.All",
    id: "8e8e4742-1d95-4f68-9d56-6ee75648c72a",
    tier: 1,
    narrower: ["Directory.Read.All"],
  },
  { name: "Device.ReadWrite.All", id: "1138cb37-bd11-4084-a2b7-9f71582aeddb", tier: 1, narrower: ["Device.Read.All"] },
  {
    name: "Files.Read.All",
    id: "01d4889c-1287-42c6-ac1f-5d1e02578ef6",
    tier: 1,
    narrower: ["Sites.Selected", "Files.SelectedOperations.Selected"],
  },
  {
    name: "Files.ReadWrite.All",
    id: "75359482-378d-4052-8f01-80520e7db3cd",
    tier: 1,
    narrower: ["Sites.Selected", "Files.SelectedOperations.Selected", "Files.Read.All"],
  },
  { name: "Group.Read.All", id: "5b567255-7703-4780-807c-7be8301ae99b", tier: 1, narrower: ["GroupMember.Read.All"] },
  { name: "Mail.Read", id: "810c84a8-4a9e-49e6-bf7d-12d183f40d01", tier: 1, narrower: ["Mail.ReadBasic.All"] },
  {
    name: "Mail.ReadWrite",
    id: "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
    tier: 1,
    narrower: ["Mail.Read", "Mail.ReadBasic.All"],
  },
  { name: "Mail.Send", id: "b633e1c5-b582-4048-a93e-9f11b44c7e96", tier: 1 },
  {
    name: "MailboxSettings.ReadWrite",
    id: "6931bccd-447a-43d1-b442-00a195474933",
    tier: 1,
    narrower: ["MailboxSettings.Read"],
  },
  {
    name: "Policy.Read.All",
    id: "246dd0d5-5bd0-4def-940b-0421030a5b68",
    tier: 1,
    narrower: ["Policy.Read.ConditionalAccess", "Policy.Read.AuthenticationMethod"],
  },
  {
    name: "Policy.ReadWrite.ApplicationConfiguration",
    id: "be74164b-cff1-491c-8741-e671cb536e13",
    tier: 1,
    narrower: ["Policy.Read.All"],
  },
  {
    name: "RoleManagement.Read.All",
    id: "c7fbd983-d9aa-4fa7-84b8-17382c103bc4",
    tier: 1,
    narrower: ["RoleManagement.Read.Directory"],
  },
  {
    name: "Sites.FullControl.All",
    id: "a82116e5-55eb-4c41-a434-62fe8a61c773",
    tier: 1,
    narrower: ["Sites.Selected", "Sites.Manage.All", "Sites.ReadWrite.All"],
  },
  {
    name: "Sites.Manage.All",
    id: "0c0bf378-bf22-4481-8f81-9e89a9b4960a",
    tier: 1,
    narrower: ["Sites.Selected", "Lists.SelectedOperations.Selected", "Sites.ReadWrite.All"],
  },
  {
    name: "Sites.Read.All",
    id: "332a536c-c7ef-4017-ab91-336970924f0d",
    tier: 1,
    narrower: ["Sites.Selected", "Lists.SelectedOperations.Selected", "Files.Read.All"],
  },
  {
    name: "Sites.ReadWrite.All",
    id: "9492366f-7969-46a4-8d15-ed1a20078fff",
    tier: 1,
    narrower: ["Sites.Selected", "Lists.SelectedOperations.Selected", "Files.ReadWrite.All"],
  },
  { name: "Application.Read.All", id: "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", tier: 2 },
  { name: "Device.Read.All", id: "7438b122-aefc-4978-80ed-43db9fcc7715", tier: 2 },
  {
    name: "Directory.Read.All",
    id: "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    tier: 2,
    narrower: ["User.Read.All", "Group.Read.All", "GroupMember.Read.All"],
  },
  { name: "Domain.Read.All", id: "dbb9058a-0e50-45d7-ae91-66909b5d4664", tier: 2 },
  { name: "Group.Create", id: "bf7b1a76-6e77-406b-b258-bf5c7720e98f", tier: 2 },
  { name: "GroupMember.Read.All", id: "98830695-27a2-44f7-8c18-0c3ebc9698f6", tier: 2 },
  { name: "Organization.Read.All", id: "498476ce-e0fe-48b0-b801-37ba7e2685c6", tier: 2 },
  { name: "Reports.Read.All", id: "230c1aed-a721-4c5d-9cb4-a90514e508ef", tier: 2 },
  { name: "Sites.Selected", id: "883ea226-0bf2-4a8f-9f9d-92c9162a727d", tier: 2 },
  { name: "User.Read.All", id: "df021288-bdef-4463-88db-98f22de89214", tier: 2 },
  { name: "User.ReadBasic.All", id: "97235f07-e226-4f63-ace3-39588e11d3a1", tier: 2 },
];

const byId = new Map<unknown, GraphPermission>(permissions.map((permission) => [permission.id, permission]));
const byName = new Map<string, GraphPermission>(permissions.map((permission) => [permission.name, permission]));

/** The permission with that id, or with that name; none for one that is not in the list. */
export const graphPermissionNamed = (idOrName: unknown): GraphPermission | undefined =>
  byId.get(idOrName) ?? byName.get(`${idOrName}`);

/** Ids by name, as the azuread provider gives them for a service principal. */
export const graphRoleIds = (): Record<string, string> =>
  Object.fromEntries(permissions.map(({ name, id }) => [name, id]));
