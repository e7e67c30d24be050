import { randomUUID } from "node:crypto";
import { type Answer, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

/**
 * Members and parameters with a fixed set of values. A value of the set is accepted, in upper and lower case. Any other value is
 * refused with an error of the API that names the member.
 */
let azure: TestAzure;
let vault: string;
let app: Record<string, string>;
let principal: Record<string, string>;

beforeAll(async () => {
  azure = await startTestAzure({
    deployerPermissions: ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"],
  });
  app = (await azure.graph("POST", "/v1.0/applications", { displayName: "app" })).body;
  principal = (await azure.graph("POST", "/v1.0/servicePrincipals", { appId: app.appId })).body;
  await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
  vault = (await putVault({})).body.properties.vaultUri.replace(/\/$/, "");
});
afterAll(() => azure.close());

const vaultPath = "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/values";
function putVault(properties: object): Promise<Answer> {
  const { tenant, deployer } = azure.azure;
  const objectId = tenant.servicePrincipalOf(deployer.ARM_CLIENT_ID)?.id;
  const accessPolicies = [{ tenantId: tenant.id, objectId, permissions: { secrets: ["all"] } }];
  const given = {
    tenantId: tenant.id,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: false,
    accessPolicies,
  };
  return azure.arm("PUT", vaultPath, "2026-02-01", { location: "westeurope", properties: { ...given, ...properties } });
}

type Ask = (value: never) => Promise<Answer>;
const ofApp =
  (member: string): Ask =>
  (value) =>
    azure.graph("PATCH", `/v1.0/applications/${app.id}`, { [member]: value });
const ofPrincipal =
  (member: string): Ask =>
  (value) =>
    azure.graph("PATCH", `/v1.0/servicePrincipals/${principal.id}`, { [member]: value });
const role = (more: object) => ({
  id: randomUUID(),
  displayName: "r",
  description: "r",
  isEnabled: false,
  value: `r-${randomUUID()}`,
  ...more,
});
const ofSecret =
  (members: (value: never) => object): Ask =>
  async (value) =>
    azure.send("PUT", `${vault}/secrets/values?api-version=7.6`, {
      token: await azure.deployerToken("https://vault.azure.net"),
      json: { value: "v", ...members(value) },
    });
const ofDefinition =
  (member: string): Ask =>
  (value) => {
    const scope = `/subscriptions/${azure.azure.subscriptionId}`;
    const permissions = [{ actions: ["*/read"] }];
    const properties = { roleName: randomUUID(), assignableScopes: [scope], permissions, [member]: value };
    return azure.arm("PUT", `/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`, "2022-04-01", {
      properties,
    });
  };
const ofToken =
  (parameter: string): Ask =>
  (value) => {
    const { ARM_CLIENT_ID: client_id, ARM_CLIENT_SECRET: client_secret } = azure.azure.deployer;
    const asked = {
      grant_type: "client_credentials",
      scope: "https://graph.microsoft.com/.default",
      client_id,
      client_secret,
    };
    return azure.askForToken({ ...asked, [parameter]: value });
  };
const claims = (names: object) => JSON.stringify({ access_token: names });
const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`tag${at}`, "value"]));

const table: readonly (readonly [name: string, ask: Ask, allowed: readonly unknown[], refused: readonly unknown[]])[] =
  [
    [
      "signInAudience",
      ofApp("signInAudience"),
      ["AzureADMultipleOrgs", "AzureADMyOrg"],
      ["azureADMyOrg", "AzureADMyOrganization", null, ""],
    ],
    [
      "groupMembershipClaims",
      ofApp("groupMembershipClaims"),
      [null, "All", "SecurityGroup, DirectoryRole"],
      ["Everything", ""],
    ],
    [
      "@odata.type",
      ofApp("@odata.type"),
      ["#microsoft.graph.application", "microsoft.graph.application"],
      ["#microsoft.graph.user", "application", 1],
    ],
    [
      "@odata.type",
      ofPrincipal("@odata.type"),
      ["#microsoft.graph.servicePrincipal"],
      ["#microsoft.graph.application"],
    ],
    [
      "preferredSingleSignOnMode",
      ofPrincipal("preferredSingleSignOnMode"),
      [null, "saml", "oidc"],
      ["SAML", "kerberos"],
    ],
    [
      "allowedMemberTypes",
      (value) =>
        azure.graph("PATCH", `/v1.0/applications/${app.id}`, { appRoles: [role({ allowedMemberTypes: value })] }),
      [["Application"], ["Application", "User"]],
      [["application"], ["Group"], [], null],
    ],
    [
      "source",
      (value) =>
        azure.graph("PATCH", `/v1.0/applications/${app.id}`, {
          optionalClaims: { accessToken: [{ name: "email", source: value }] },
        }),
      [null, "user", ""],
      ["group"],
    ],
    [
      "type",
      (value) => {
        const requiredResourceAccess = [
          { resourceAppId: app.appId, resourceAccess: [{ id: randomUUID(), type: value }] },
        ];
        return azure.graph("PATCH", `/v1.0/applications/${app.id}`, { requiredResourceAccess });
      },
      ["Role", "Scope"],
      ["role", "Permission"],
    ],
    [
      "types",
      (value) => azure.graph("POST", "/v1.0/directoryObjects/getByIds", { ids: [app.id], types: value }),
      [["application"], ["user", "group"]],
      [["applications"], ["printer"]],
    ],
    ["sku", (name) => putVault({ sku: { family: "A", name } }), ["premium", "Standard"], ["basic", ""]],
    ["sku", (family) => putVault({ sku: { family, name: "standard" } }), ["A"], ["B", "a"]],
    ["createMode", (createMode) => putVault({ createMode }), ["default"], ["replace"]],
    [
      "provisioningState",
      (provisioningState) => putVault({ provisioningState }),
      ["Succeeded"],
      ["Failed", "succeeded"],
    ],
    [
      "publicNetworkAccess",
      (publicNetworkAccess) => putVault({ publicNetworkAccess }),
      ["Enabled", "disabled"],
      ["SecuredByPerimeter"],
    ],
    ["bypass", (bypass) => putVault({ networkAcls: { bypass } }), ["None", "AzureServices"], ["All"]],
    ["type", ofDefinition("type"), ["CustomRole", "customRole"], ["BuiltInRole"]],
    ["roleType", ofDefinition("roleType"), ["CustomRole"], ["BuiltInRole"]],
    [
      "contentType",
      ofSecret((contentType) => ({ contentType })),
      ["text/plain", "x".repeat(255)],
      ["x".repeat(256), 1],
    ],
    ["attributes", ofSecret((exp) => ({ attributes: { exp } })), [1900000000], [-1, 1.5, "2030-01-01"]],
    ["attributes", ofSecret((enabled) => ({ attributes: { enabled } })), [true], ["true", 1]],
    ["tags", ofSecret((count) => ({ tags: tags(count) })), [0, 15], [16]],
    ["grant_type", ofToken("grant_type"), ["client_credentials"], ["password", "Client_Credentials", ""]],
    [
      "claims",
      ofToken("claims"),
      [
        claims({ xms_cc: { values: ["cp1"] } }),
        claims({ nbf: { essential: true, value: "1" } }),
        "{}",
        "",
        '{"id_token":{"login_hint":{"essential":false}}}',
      ],
      [claims({ acrs: { essential: true, value: "c1" } }), '{"userinfo":{}}', "not JSON"],
    ],
    ["token_type", ofToken("token_type"), ["Bearer"], ["pop"]],
  ];

it.each(table.map(([name, ...rest], at) => [`${name} (${at})`, name, ...rest] as const))(
  "%s: known values are accepted, and others are refused with an error that names the member",
  async (_title, name, ask, allowed, refused) => {
    for (const value of allowed)
      expect([value, Math.floor((await ask(value as never)).status / 100)]).toEqual([value, 2]);
    for (const value of refused) {
      const { status, body } = await ask(value as never);
      const text = `${body?.error?.message ?? body?.error_description}`;
      const named = name === "grant_type" ? /grant/ : new RegExp(name.replace(/[.]/g, "\\."));
      expect([value, status, named.test(text) ? name : text]).toEqual([value, 400, name]);
    }
  },
);

it("the managed identity endpoint refuses a parameter that is given twice", async () => {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost();
  const { status, body } = await azure.send(
    "GET",
    `${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://vault.azure.net&client_id=a&client_id=b`,
    { headers: { "x-identity-header": IDENTITY_HEADER } },
  );
  expect([status, body.message]).toEqual([400, "The parameter 'client_id' is given more than once."]);
});
