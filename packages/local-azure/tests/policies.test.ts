import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { policyFile } from "../policies/policies";
import { type Condition, holds } from "../policies/policyRule";

const vault = {
  type: "Microsoft.KeyVault/vaults",
  name: "orders-1",
  location: "westeurope",
  tags: { "Cost-Center": "4711" },
  properties: { enableRbacAuthorization: false, networkAcls: { defaultAction: "Deny" } },
};

const policy = (name: string, displayName: string, rule: Condition, effect: "deny" | "audit" = "deny") => ({
  name,
  displayName,
  // biome-ignore lint/suspicious/noThenProperty: the word of Azure Policy
  policyRule: { if: rule, then: { effect } },
});

it.each<[Condition, boolean]>([
  [{ field: "type", equals: "microsoft.keyvault/VAULTS" }, true],
  [{ field: "tags['cost-center']", equals: 4711 }, true],
  [{ field: "tags.cost-center", exists: true }, true],
  [{ field: "tags['owner']", exists: "false" }, true],
  [{ field: "Microsoft.KeyVault/vaults/enableRbacAuthorization", notEquals: true }, true],
  [{ field: "Microsoft.KeyVault/vaults/networkAcls.defaultAction", equals: "deny" }, true],
  // A property that the request omits is not equal to any value.
  [{ field: "Microsoft.KeyVault/vaults/publicNetworkAccess", notEquals: "Disabled" }, true],
  [{ field: "Microsoft.KeyVault/vaults/publicNetworkAccess", equals: "Disabled" }, false],
  [{ field: "Microsoft.Storage/storageAccounts/enableRbacAuthorization", equals: false }, false],
  [{ field: "location", in: ["northeurope", "WestEurope"] }, true],
  [{ field: "location", notIn: ["northeurope"] }, true],
  [{ field: "name", like: "ORDERS-*" }, true],
  [{ field: "name", notLike: "kv-*" }, true],
  [
    {
      allOf: [{ field: "type", equals: vault.type }, { not: { field: "name", like: "orders*" } }],
    },
    false,
  ],
  [
    {
      anyOf: [
        { field: "name", equals: "x" },
        { field: "location", equals: "westeurope" },
      ],
    },
    true,
  ],
])("%j is %s of a vault", (rule, expected) => {
  expect(holds(rule, vault)).toBe(expected);
});

it("a policy with unsupported parts of Azure Policy is refused, so that it does not silently allow everything", () => {
  for (const rule of [
    { field: "Microsoft.KeyVault/vaults/accessPolicies[*].objectId", equals: "x" },
    { field: "name", matchInsensitively: "###" },
    { field: "name" },
    { value: "[resourceGroup().name]", equals: "x" },
  ])
    expect(policyFile.safeParse({ policies: [policy("p", "P", rule as Condition)] }).success).toBe(false);
});

describe("a local Azure with policies", () => {
  let azure: TestAzure;
  beforeAll(async () => {
    const rule = {
      allOf: [
        { field: "type", like: "*" },
        { field: "tags['team']", exists: false },
      ],
    };
    azure = await startTestAzure({
      policies: {
        policies: [policy("team", "Require a team", rule), policy("seen", "Seen", rule, "audit")],
      },
    });
    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
  });
  afterAll(() => azure.close());
  const path = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders";
  const put = (body: Record<string, unknown>, token?: string) => azure.arm("PUT", path, "2023-01-31", body, token);

  it("denies a resource with Azure's error, ignores resource groups, and records audit findings", async () => {
    const { status, body } = await put({ location: "westeurope" });
    const scope = `/subscriptions/${azure.azure.subscriptionId}`;
    const id = `${scope}/providers/Microsoft.Authorization/policyAssignments/team`;
    expect([status, body.error.code, body.error.target]).toEqual([403, "RequestDisallowedByPolicy", "id-orders"]);
    expect(body.error.message).toContain(`"policyAssignment":{"name":"Require a team","id":"${id}"}`);
    expect(body.error.additionalInfo).toEqual([
      {
        type: "PolicyViolation",
        info: {
          policyDefinitionDisplayName: "Require a team",
          policyDefinitionEffect: "Deny",
          policyDefinitionId: `${scope}/providers/Microsoft.Authorization/policyDefinitions/team`,
          policyDefinitionName: "team",
          policyAssignmentId: id,
          policyAssignmentName: "team",
          policyAssignmentDisplayName: "Require a team",
          policyAssignmentScope: scope,
        },
      },
    ]);
    expect(azure.azure.policies.audits).toEqual([
      { policy: "seen", resource: "Microsoft.ManagedIdentity/userAssignedIdentities/id-orders" },
    ]);
    expect((await put({ location: "westeurope", tags: { team: "shop" } })).status).toBe(201);
  });

  it("refuses a caller without write permission before it checks the policies", async () => {
    const stranger = azure.azure.addIdentity("stranger", []);
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: stranger.ARM_CLIENT_ID,
      client_secret: stranger.ARM_CLIENT_SECRET,
      scope: "https://management.core.windows.net//.default",
    });
    const refused = await put({ location: "westeurope" }, body.access_token);
    expect([refused.status, refused.body.error.code]).toEqual([403, "AuthorizationFailed"]);
  });
});
