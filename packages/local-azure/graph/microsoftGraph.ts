import type { AppRole, ServicePrincipal, Tenant } from "../tenant";

/** https://learn.microsoft.com/graph/permissions-reference, the ones that a deployer may need. */
export const graphPermissions = {
  "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
  "Application.ReadWrite.All": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
  "Application.ReadWrite.OwnedBy": "18a4783c-866b-4cc7-a460-3d5e5662c884",
  "AppRoleAssignment.ReadWrite.All": "06b708a9-e830-4db3-a914-8e69da51d44f",
  "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
} as const;

export type GraphPermission = keyof typeof graphPermissions;

export const microsoftGraphAppId = "00000003-0000-0000-c000-000000000000";

/** Microsoft Graph as a service principal of the tenant: what a deployer gets its permissions from. */
export function addMicrosoftGraph(tenant: Tenant, address: string): ServicePrincipal {
  const appRoles = Object.entries(graphPermissions).map(
    ([value, id]): AppRole => ({
      id,
      value,
      displayName: value,
      description: value,
      isEnabled: true,
      allowedMemberTypes: ["Application"],
    }),
  );
  const names = ["https://graph.microsoft.com", address].flatMap((name) => [name, `${name}/`]);
  return tenant.addServicePrincipal({
    appId: microsoftGraphAppId,
    displayName: "Microsoft Graph",
    foreign: { appRoles, names },
  });
}
