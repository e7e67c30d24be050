import type { Operation } from "./servedOperations";

/**
 * Operations of Azure that clients use and that the local Azure refuses: the error has the API's format, and its message says that
 * the operation is not served. All other operations without a route are refused in the same way; a test tries these.
 */
export const refusedOperations: readonly Operation[] = [
  { api: "Entra", method: "GET", path: "/{tenant}/oauth2/v2.0/authorize" },
  { api: "Entra", method: "POST", path: "/{tenant}/oauth2/v2.0/devicecode" },
  { api: "Entra", method: "GET", path: "/{tenant}/oauth2/v2.0/logout" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/me" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/me/ownedObjects" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/users" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/groups" },
  { api: "Microsoft Graph", method: "POST", path: "/v1.0/groups" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/organization" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/domains" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/applications/delta" },
  { api: "Microsoft Graph", method: "POST", path: "/v1.0/applications/{id}/addKey" },
  { api: "Microsoft Graph", method: "GET", path: "/v1.0/$metadata" },
  {
    api: "Resource Manager",
    method: "GET",
    path: "/subscriptions/{subscription}/providers/Microsoft.Authorization/denyAssignments",
  },
  {
    api: "Resource Manager",
    method: "GET",
    path: "/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values",
  },
  {
    api: "Resource Manager",
    method: "POST",
    path: "/subscriptions/{subscription}/providers/Microsoft.KeyVault/checkMhsmNameAvailability",
  },
  {
    api: "Resource Manager",
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{vault}/privateLinkResources",
  },
  {
    api: "Resource Manager",
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Resources/tags/default",
  },
  {
    api: "Resource Manager",
    method: "PUT",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Resources/deployments/{deployment}",
  },
  { api: "Resource Manager", method: "GET", path: "/providers/Microsoft.ManagedIdentity/operations" },
  { api: "Key Vault", method: "GET", path: "/keys" },
  { api: "Key Vault", method: "POST", path: "/keys/{name}/create" },
  { api: "Key Vault", method: "GET", path: "/certificates" },
  { api: "Key Vault", method: "POST", path: "/certificates/{name}/create" },
  { api: "Managed identity", method: "GET", path: "/metadata/identity/oauth2/token" },
];

/** Parts of Azure without any counterpart here, not even a refusal. */
export const absent: readonly (readonly [what: string, why: string])[] = [
  ["The metadata endpoint of virtual machines, `169.254.169.254`", "Nothing listens outside loopback."],
  [
    "Creating users and groups, and the sign-in of users",
    "The project is about applications; a program adds users and groups for audits.",
  ],
  ["Managed HSMs, keys and certificates of vaults", "The project stores secrets."],
  ["Networks", "Loopback has one address; a vault's firewall and private endpoint depend on the caller's identity."],
];
