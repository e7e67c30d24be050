import { type Answer, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { type Operation, servedOperations } from "../parity/servedOperations";

/**
 * The local Azure refuses anything that it does not know, in the format of the API, with a message that names it. Each served
 * operation gets requests with one unknown part. These tests cannot prove that an accepted value has its effect.
 */
// Each test sends requests to about 160 operations.
jest.setTimeout(60_000);

let azure: TestAzure;
let operations: Operation[];
let bases: Record<string, string>;
let names: Record<string, string>;
const versions = new Map<string, string>();
const identityHeader: Record<string, string> = {};

beforeAll(async () => {
  operations = await servedOperations();
  azure = await startTestAzure({
    deployerPermissions: [
      "Application.ReadWrite.All",
      "AppRoleAssignment.ReadWrite.All",
      "DelegatedPermissionGrant.ReadWrite.All",
      "Policy.ReadWrite.ApplicationConfiguration",
      "RoleManagement.ReadWrite.Directory",
      "Policy.ReadWrite.PermissionGrant",
      "Policy.ReadWrite.ConditionalAccess",
      "Policy.Read.All",
      "AuditLog.Read.All",
      "Directory.Read.All",
    ],
  });
  const { authority, subscriptionId, tenantId } = azure.azure;
  const graph = async (path: string, json: Record<string, unknown>) =>
    (await azure.graph("POST", `/v1.0${path}`, json)).body;
  const group = "/resourceGroups/rg";
  const arm = (path: string, json: Record<string, unknown>, version = "2026-02-01") =>
    azure.arm("PUT", path, version, json);
  await arm(group, { location: "westeurope" }, "2024-03-01");
  const objectId = azure.azure.tenant.servicePrincipalOf(azure.azure.deployer.ARM_CLIENT_ID)?.id;
  const accessPolicies = [{ tenantId, objectId, permissions: { secrets: ["all"] } }];
  const properties = {
    tenantId,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: false,
    accessPolicies,
  };
  const vaultPath = `${group}/providers/Microsoft.KeyVault/vaults`;
  const vault = await arm(`${vaultPath}/vault`, { location: "westeurope", properties });
  await arm(`${vaultPath}/gone`, { location: "westeurope", properties });
  await azure.arm("DELETE", `${vaultPath}/gone`, "2026-02-01");
  await arm(
    `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity`,
    { location: "westeurope" },
    "2023-01-31",
  );
  const app = await graph("/applications", { displayName: "app" });
  const gone = await graph("/applications", { displayName: "gone" });
  await azure.graph("DELETE", `/v1.0/applications/${gone.id}`);
  const principal = await graph("/servicePrincipals", { appId: app.appId });
  const credential = await graph(`/applications/${app.id}/federatedIdentityCredentials`, {
    name: "credential",
    issuer: "https://issuer.test",
    subject: "subject",
    audiences: ["api://AzureADTokenExchange"],
  });
  const resource = { clientId: principal.id, resourceId: principal.id };
  const assignment = await graph(`/servicePrincipals/${principal.id}/appRoleAssignedTo`, {
    ...{ principalId: principal.id, resourceId: principal.id },
    appRoleId: "00000000-0000-0000-0000-000000000000",
  });
  const grant = await graph("/oauth2PermissionGrants", { ...resource, consentType: "AllPrincipals", scope: "read" });
  await arm(`${vaultPath}/vault/secrets/secret`, { properties: { value: "value" } });
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
  const subnet = {
    id: `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/n/subnets/s`,
  };
  const privateLinkServiceConnections = [
    { name: "vault", properties: { privateLinkServiceId: vault.body.id, groupIds: ["vault"] } },
  ];
  await arm(
    `${group}/providers/Microsoft.Network/privateEndpoints/endpoint`,
    { location: "westeurope", properties: { subnet, privateLinkServiceConnections } },
    "2025-03-01",
  );
  names = {
    tenant: tenantId,
    subscription: subscriptionId,
    group: "rg",
    location: "westeurope",
    identity: "identity",
    namespace: "Microsoft.KeyVault",
    type: "vaults",
    resource: "vault",
    childType: "secrets",
    child: "secret",
    operation: "add",
    endpoint: "endpoint",
    owner: principal.id,
    credential: credential.id,
    applications: app.id,
    servicePrincipals: principal.id,
    directoryObjects: app.id,
    deletedItems: gone.id,
    roleDefinitions: role.id,
    "Microsoft Graph: roleAssignments": held.id,
    permissionGrantPolicies: "policy",
    policies: conditionalAccess.id,
    namedLocations: location.id,
    secrets: "secret",
    version: azure.azure.subscription.vaults.get("vault")?.secrets.get("secret")?.[0]?.version ?? "",
    assignment: assignment.id,
    oauth2PermissionGrants: grant.id,
  };
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
  identityHeader["x-identity-header"] = IDENTITY_HEADER;
  bases = {
    Entra: authority,
    "Microsoft Graph": `${authority}/graph`,
    "Resource Manager": authority,
    "Key Vault": vault.body.properties.vaultUri.replace(/\/$/, ""),
    "Managed identity": new URL(IDENTITY_ENDPOINT).origin,
  };
  for (const operation of operations) {
    const found = await versionFor(operation);
    if (found !== undefined) versions.set(`${operation.api} ${operation.path}`, found);
  }
});
afterAll(() => azure.close());

const audiences: Record<string, string> = {
  "Microsoft Graph": "graph",
  "Resource Manager": "arm",
  "Key Vault": "https://vault.azure.net",
};
const tokens = new Map<string, Promise<string>>();

interface Probe {
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly tail?: string;
  readonly method?: string;
}

async function ask({ api, method, path }: Operation, probe: Probe, version: string | undefined): Promise<Answer> {
  const audience = audiences[api];
  if (audience !== undefined && !tokens.has(audience)) tokens.set(audience, azure.deployerToken(audience));
  const address = path.replace(/([\w.]+)\/\{(\w+)\}/g, (_, before, name) => {
    const value = names[`${api}: ${before}`] ?? names[before] ?? (/deletedVaults$/.test(before) ? "gone" : names[name]);
    return `${before}/${value ?? (name === "vault" ? "vault" : "00000000-0000-0000-0000-000000000001")}`;
  });
  const query = [...(version === undefined ? [] : [`api-version=${version}`]), ...(probe.query ? [probe.query] : [])];
  return azure
    .send(
      probe.method ?? method,
      `${bases[api]}${address.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? name)}${probe.tail ?? ""}?${query.join("&")}`,
      {
        token: audience === undefined ? undefined : await tokens.get(audience),
        headers: { ...identityHeader, ...probe.headers },
        ...("json" in probe ? { json: probe.json } : {}),
      },
    )
    .catch((error: Error) => ({
      status: 0,
      headers: new Headers() as Answer["headers"],
      body: { message: error.message },
    }));
}

/** The newest API version of an operation, which its refusal of another version contains. */
async function versionFor(operation: Operation): Promise<string | undefined> {
  if (operation.api === "Managed identity") return "2019-08-01";
  if (operation.api === "Key Vault") return "7.6";
  if (operation.api !== "Resource Manager") return undefined;
  if (operation.path === "/metadata/endpoints") return "2022-09-01";
  const answer = await ask(operation, {}, "1999-01-01");
  return /'([^']*)'\.$/.exec(textOf(answer))?.[1]?.split(", ").at(-1);
}

const textOf = ({ body }: Answer): string => body?.error?.message ?? body?.error_description ?? body?.message ?? "";

async function silent(
  probeOf: (operation: Operation) => Probe | undefined,
  refusal: RegExp,
  chosen: (operation: Operation) => boolean = () => true,
): Promise<string[]> {
  const found: string[] = [];
  for (const operation of operations.filter(chosen)) {
    const probe = probeOf(operation);
    if (!probe) continue;
    const { api, method, path } = operation;
    const answer = await ask(operation, probe, versions.get(`${api} ${path}`));
    const refused = answer.status >= 400 && answer.status < 500 && (method === "HEAD" || refusal.test(textOf(answer)));
    if (!refused) found.push(`${api}: ${probe.method ?? method} ${path}: ${answer.status} ${textOf(answer)}`);
  }
  return found;
}

/** Operations of the APIs themselves. Discovery is excluded: HTTP allows servers to ignore such headers there. */
const ofApis = ({ api, path }: Operation) => audiences[api] !== undefined && path !== "/metadata/endpoints";
const ofGraph = ({ api }: Operation) => api === "Microsoft Graph";
const writes = ({ method }: Operation) => ["POST", "PUT", "PATCH"].includes(method);

describe("an operation refuses, and names", () => {
  it("an unknown parameter, except in token requests (RFC 6749, section 3.2)", async () => {
    const isTokenRequest = ({ path }: Operation) => /\/token$/.test(path) && path.startsWith("/{tenant}");
    const found = await silent(
      () => ({ query: "unknownParameter=1" }),
      /unknownParameter/,
      (operation) => !isTokenRequest(operation),
    );
    expect(found).toEqual([]);
  });

  it("an API version that is given twice", async () => {
    const has = (operation: Operation) => versions.has(`${operation.api} ${operation.path}`);
    expect(await silent(() => ({ query: "api-version=7.6" }), /api-version|API version/, has)).toEqual([]);
  });

  it.each([
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "prefer",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "content-encoding",
    "x-ms-authorization-auxiliary",
  ])("the header %s, which would change the meaning of the request", async (header) => {
    expect(await silent(() => ({ headers: { [header]: "other" } }), new RegExp(header, "i"), ofApis)).toEqual([]);
  });

  it("an option for lists in a request for one object in Graph", async () => {
    const isObject = ({ api, method, path }: Operation) =>
      api === "Microsoft Graph" && method === "GET" && /\}$|Policy$/.test(path);
    expect(await silent(() => ({ query: "$top=1" }), /\$top/, isObject)).toEqual([]);
  });

  it("a ConsistencyLevel that Graph does not know", async () => {
    const found = await silent(() => ({ headers: { consistencylevel: "strong" } }), /ConsistencyLevel/, ofGraph);
    expect(found).toEqual([]);
  });

  it("an unknown member of the body, even if it expects no body", async () => {
    const bodies = (operation: Operation) => ofApis(operation) && (writes(operation) || operation.method === "DELETE");
    expect(await silent(() => ({ json: { unknownMember: 1 } }), /unknownMember/, bodies)).toEqual([]);
  });

  it("a body in another format than JSON", async () => {
    const xml = { json: { a: 1 }, headers: { "content-type": "text/xml" } };
    expect(
      await silent(
        () => xml,
        /Unsupported Media Type/,
        (each) => ofApis(each) && writes(each),
      ),
    ).toEqual([]);
  });
});

describe("a message says that the local Azure does not support", () => {
  /** Whether a path and a method belong to an operation. One more part after a list addresses an object. */
  const isServed = ({ api, path }: Operation, method: string, tail = "") =>
    operations.some((each) => each.api === api && each.method === method && template(each.path).test(path + tail));
  const template = (path: string) => new RegExp(`^${path.replace(/[.$]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+")}$`, "i");

  it.each(["GET", "POST", "PUT", "PATCH", "DELETE"])(
    "the method %s at a path that supports only others",
    async (method) => {
      const found = await silent(
        (each) => (isServed(each, method) ? undefined : { method }),
        /does not serve|serves only/,
      );
      expect(found).toEqual([]);
    },
  );

  it("a path that is longer than the operation's", async () => {
    const tail = "/unknownTail";
    const found = await silent(
      (each) => (isServed(each, each.method, tail) ? undefined : { tail }),
      /does not serve|serves only/,
    );
    expect(found).toEqual([]);
  });
});
