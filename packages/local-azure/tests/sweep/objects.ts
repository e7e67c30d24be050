import { selfSigned } from "@microservice-identities/test-support/certificate";
import type { Api, Operation } from "../../parity/servedOperations";
import { type InProcessAzure, inProcessAzure } from "./inProcess";

/** A local Azure with one object of each kind, so that every operation has something to work on. */
export interface SweptAzure extends InProcessAzure {
  /** The ids and names in the paths of operations. */
  readonly names: Readonly<Record<string, string>>;
  /** The address of an operation, with the ids of the objects and the newest API version. */
  url(operation: Operation): Promise<string>;
}

const noRole = "00000000-0000-0000-0000-000000000000";
const noId = "00000000-0000-0000-0000-000000000001";

const permissions = [
  ...["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"],
  ...["Policy.ReadWrite.ApplicationConfiguration", "RoleManagement.ReadWrite.Directory"],
  ...["Policy.ReadWrite.PermissionGrant", "Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"],
  ...["AuditLog.Read.All", "Directory.Read.All"],
];

export async function sweptAzure(): Promise<SweptAzure> {
  const azure = await inProcessAzure(permissions);
  const { tenant, subscription, deployer } = azure;
  const made = async (api: Api, method: string, url: string, json?: object) => {
    const { status, body } = await azure.send(api, method, url, { json });
    if (status >= 300) throw new Error(`${method} ${url}: ${JSON.stringify(body)}`);
    return body;
  };
  const graph = (path: string, json: object) => made("Microsoft Graph", "POST", `/v1.0${path}`, json);
  const group = `${subscription.path}/resourceGroups/rg`;
  const arm = (path: string, json: object, version = "2026-02-01") =>
    made("Resource Manager", "PUT", `${group}${path}?api-version=${version}`, json);
  await arm("", { location: "westeurope" }, "2024-03-01");
  const accessPolicies = [{ tenantId: tenant.id, objectId: deployer.objectId, permissions: { secrets: ["all"] } }];
  const properties = {
    tenantId: tenant.id,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: false,
    accessPolicies,
  };
  const vaults = "/providers/Microsoft.KeyVault/vaults";
  const vault = await arm(`${vaults}/vault`, { location: "westeurope", properties });
  await arm(`${vaults}/gone`, { location: "westeurope", properties });
  await made("Resource Manager", "DELETE", `${group}${vaults}/gone?api-version=2026-02-01`);
  const identities = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
  const identity = await arm(`${identities}/identity`, { location: "westeurope" }, "2023-01-31");
  const app = await graph("/applications", { displayName: "app" });
  const gone = await graph("/applications", { displayName: "gone" });
  await made("Microsoft Graph", "DELETE", `/v1.0/applications/${gone.id}`);
  const principal = await graph("/servicePrincipals", { appId: app.appId });
  const free = await graph("/applications", { displayName: "without a principal" });
  const password = await graph(`/applications/${app.id}/addPassword`, {});
  const principalPassword = await graph(`/servicePrincipals/${principal.id}/addPassword`, {});
  const credential = await graph(`/applications/${app.id}/federatedIdentityCredentials`, {
    name: "credential",
    issuer: "https://issuer.test",
    subject: "subject",
    audiences: ["api://AzureADTokenExchange"],
  });
  const assignment = await graph(`/servicePrincipals/${principal.id}/appRoleAssignedTo`, {
    ...{ principalId: principal.id, resourceId: principal.id },
    appRoleId: noRole,
  });
  const grant = await graph("/oauth2PermissionGrants", {
    ...{ clientId: principal.id, resourceId: principal.id },
    ...{ consentType: "AllPrincipals", scope: "read" },
  });
  await arm(`${vaults}/vault/secrets/secret`, { properties: { value: "value" } });
  const secrets = (method: string, path: string, json?: object) =>
    made("Key Vault", method, `/${path}?api-version=7.6`, json);
  await secrets("PUT", "secrets/restorable", { value: "value" });
  const backup = await secrets("POST", "secrets/restorable/backup");
  await secrets("DELETE", "secrets/restorable");
  await secrets("DELETE", "deletedsecrets/restorable");
  await graph("/policies/permissionGrantPolicies", { id: "policy", displayName: "policy" });
  const allowedResourceActions = ["microsoft.directory/servicePrincipals/managePermissionGrantsForAll.policy"];
  const role = await graph("/roleManagement/directory/roleDefinitions", {
    ...{ displayName: "role", isEnabled: true },
    rolePermissions: [{ allowedResourceActions }],
  });
  const held = await graph("/roleManagement/directory/roleAssignments", {
    ...{ principalId: principal.id, roleDefinitionId: role.id, directoryScopeId: "/" },
  });
  const location = await graph("/identity/conditionalAccess/namedLocations", {
    ...{ "@odata.type": "#microsoft.graph.ipNamedLocation", displayName: "office" },
    ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "203.0.113.0/24" }],
  });
  const conditionalAccess = await graph("/identity/conditionalAccess/policies", {
    ...{ displayName: "block", state: "enabled" },
    conditions: {
      applications: { includeApplications: ["All"] },
      clientApplications: { includeServicePrincipals: [principal.id] },
    },
    grantControls: { operator: "OR", builtInControls: ["block"] },
  });
  const subnet = { id: `${group}/providers/Microsoft.Network/virtualNetworks/n/subnets/s` };
  const privateLinkServiceConnections = [
    { name: "vault", properties: { privateLinkServiceId: vault.id, groupIds: ["vault"] } },
  ];
  await arm(
    "/providers/Microsoft.Network/privateEndpoints/endpoint",
    { location: "westeurope", properties: { subnet, privateLinkServiceConnections } },
    "2025-03-01",
  );
  const names: Record<string, string> = {
    ...{ tenant: tenant.id, subscription: subscription.id, group: "rg", location: "westeurope" },
    ...{ identity: "identity", namespace: "Microsoft.KeyVault", type: "vaults", resource: "vault" },
    ...{ childType: "secrets", child: "secret", operation: "add", endpoint: "endpoint", vault: "vault" },
    ...{ owner: principal.id, credential: credential.id, policy: "policy", secrets: "secret" },
    ...{ applications: app.id, servicePrincipals: principal.id, directoryObjects: app.id, deletedItems: gone.id },
    ...{ roleDefinitions: role.id, "Microsoft Graph: roleAssignments": held.id, permissionGrantPolicies: "policy" },
    ...{ policies: conditionalAccess.id, namedLocations: location.id, assignment: assignment.id },
    ...{
      oauth2PermissionGrants: grant.id,
      version: subscription.vaults.get("vault")?.secrets.get("secret")?.[0]?.version ?? "",
    },
    ...{ deployer: deployer.objectId, noRole, backup: backup.value, certificate: (await selfSigned("key")).der },
    ...{ identityPrincipal: identity.properties.principalId, identityClient: identity.properties.clientId },
    groups: tenant.groups.addGroup("group").id,
    ...{ appId: app.appId, freeAppId: free.appId, key: password.keyId, principalKey: principalPassword.keyId },
  };
  azure.keep();
  const pathOf = ({ api, path }: Operation): string => {
    const objects = path.replace(/([\w.]+)\/\{(\w+)\}/g, (_, before, name) => {
      const deleted = /deletedVaults$/.test(before) ? "gone" : undefined;
      return `${before}/${names[`${api}: ${before}`] ?? names[before] ?? deleted ?? names[name] ?? noId}`;
    });
    return objects.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? name);
  };
  /** The newest API version of an operation of Resource Manager is in its refusal of another one. */
  const versionOf = async (operation: Operation): Promise<string | undefined> => {
    if (operation.path === "/metadata/endpoints") return "2022-09-01";
    if (operation.api === "Key Vault") return "7.6";
    if (operation.api === "Managed identity") return "2019-08-01";
    if (operation.api !== "Resource Manager") return undefined;
    const method = operation.method === "HEAD" ? "GET" : operation.method;
    const { body } = await azure.send(operation.api, method, `${pathOf(operation)}?api-version=1999-01-01`);
    return /'([^']*)'\.$/
      .exec(body?.error?.message ?? "")?.[1]
      ?.split(", ")
      .at(-1);
  };
  return {
    ...azure,
    names,
    async url(operation) {
      const version = await versionOf(operation);
      return `${pathOf(operation)}${version === undefined ? "" : `?api-version=${version}`}`;
    },
  };
}
