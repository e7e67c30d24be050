import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";

const azuread = (kind: string) => `azuread:index/${kind[0]?.toLowerCase()}${kind.slice(1)}:${kind}`;

const others: Readonly<Record<string, string>> = {
  UserAssignedIdentity: "azure-native:managedidentity:UserAssignedIdentity",
  FederatedIdentityCredential: "azure-native:managedidentity:FederatedIdentityCredential",
  // A version without a planned retirement.
  Vault: "azure-native:keyvault/v20260201:Vault",
  AccessPolicy: "azure-native:keyvault:AccessPolicy",
  RoleAssignment: "azure-native:authorization:RoleAssignment",
  RoleDefinition: "azure-native:authorization:RoleDefinition",
  Deployment: "azure-native:resources:Deployment",
};

const componentTypes: Readonly<Record<string, string>> = {
  Grant: "microservice-identities:index:ApplicationPermissionGrant",
  Landscape: "microservice-identities:index:Landscape",
};

/** The full type of a kind of azuread resource. A kind with a colon is already a full type. */
const typeNamed = (kind: string): string =>
  kind.includes(":") ? kind : (others[kind] ?? componentTypes[kind] ?? azuread(kind));

export const resource = (
  kind: string,
  name: string,
  properties: Record<string, unknown>,
  more: Partial<EvaluatedResource> = {},
): EvaluatedResource => ({
  urn: `urn:pulumi:dev::p::${typeNamed(kind)}::${name}`,
  type: typeNamed(kind),
  id: name,
  parent: "",
  properties,
  ...(kind in componentTypes ? { component: true } : {}),
  ...more,
});
export const policyOf = (objectId: string, ...secrets: string[]) => ({ objectId, permissions: { secrets } });
export const vault = (name: string, ...accessPolicies: object[]) =>
  resource("Vault", name, { properties: { accessPolicies, enableRbacAuthorization: false } });

/** Two services with one call and one vault, without findings. Each part can be changed. */
export const landscape = (change: Record<string, Record<string, unknown>> = {}, more: EvaluatedResource[] = []) => [
  resource("ApplicationRegistration", "api-application", {
    displayName: "api",
    clientId: "api",
    signInAudience: "AzureADMyOrg",
    requestedAccessTokenVersion: 2,
    ...change.application,
  }),
  resource("ApplicationRegistration", "caller-application", {
    displayName: "caller",
    clientId: "caller",
    requestedAccessTokenVersion: 2,
  }),
  resource("ServicePrincipal", "api-principal", {
    clientId: "api",
    objectId: "p-api",
    appRoleAssignmentRequired: true,
    ...change.principal,
  }),
  resource("ServicePrincipal", "caller-principal", {
    clientId: "caller",
    objectId: "p-caller",
    appRoleAssignmentRequired: true,
  }),
  resource("ApplicationAppRole", "api-Read", {
    applicationId: "api-application",
    roleId: "r",
    value: "Read",
    ...change.role,
  }),
  resource("Grant", "call", { because: "It needs to.", ...change.grant }),
  resource(
    "AppRoleAssignment",
    "call-Read",
    { principalObjectId: "p-caller", resourceObjectId: "p-api", appRoleId: "r" },
    { parent: `urn:pulumi:dev::p::${typeNamed("Grant")}::call` },
  ),
  resource("ApplicationApiAccess", "call-access", {
    applicationId: "caller-application",
    apiClientId: "api",
    roleIds: ["r"],
    ...change.access,
  }),
  resource("ApplicationPassword", "caller-secret", {
    applicationId: "caller-application",
    endDate: "2027-05-01T00:00:00Z",
    ...change.password,
  }),
  resource("UserAssignedIdentity", "caller-identity", {
    name: "caller-workload",
    principalId: "i-caller",
    ...change.identity,
  }),
  ...more,
];
export const assignment = (principalObjectId: string, resourceObjectId: string, appRoleId: string) =>
  resource(
    "AppRoleAssignment",
    `${principalObjectId}-${appRoleId}`,
    { principalObjectId, resourceObjectId, appRoleId },
    { parent: `urn:pulumi:dev::p::${typeNamed("Grant")}::call` },
  );
export const requestFor = (...roleIds: string[]) =>
  resource("ApplicationApiAccess", "more-access", {
    applicationId: "caller-application",
    apiClientId: "api",
    roleIds,
  });
export const graph = resource("ServicePrincipal", "graph", {
  clientId: "00000003-0000-0000-c000-000000000000",
  objectId: "p-graph",
  useExisting: true,
});
export const password = (name: string) =>
  resource("ApplicationPassword", name, { applicationId: "caller-application", endDate: "2027-05-01T00:00:00Z" });
export const certificate = (endDate: string) =>
  resource("ApplicationCertificate", "caller-certificate", { applicationId: "caller-application", endDate });
export const own = vault("caller-vault", policyOf("i-caller", "get"));
