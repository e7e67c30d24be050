import { claimsOf, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

describe("the managed identity endpoint", () => {
  let azure: TestAzure;
  let orders: { id: string; clientId: string; principalId: string };
  let billing: typeof orders;
  beforeAll(async () => {
    azure = await startTestAzure();
    await azure.arm("PUT", "/resourceGroups/rg-shop", "2024-03-01", { location: "westeurope" });
    const identity = async (name: string) => {
      const { body } = await azure.arm(
        "PUT",
        `/resourceGroups/rg-shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`,
        "2023-01-31",
        { location: "westeurope" },
      );
      return { id: body.id, ...body.properties };
    };
    orders = await identity("id-orders");
    billing = await identity("id-billing");
  });
  afterAll(() => azure.close());

  const ask = (query: Record<string, string>, headers?: Record<string, string>) => {
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.azure.workloadHost([orders.id]);
    return azure.send("GET", `${IDENTITY_ENDPOINT}?${new URLSearchParams(query)}`, {
      headers: headers ?? { "x-identity-header": IDENTITY_HEADER },
    });
  };
  const resource = "https://vault.azure.net";
  const version = { "api-version": "2019-08-01" };

  it("issues a token for Key Vault to the host's identity by its client id, object id or resource id", async () => {
    for (const named of [
      { client_id: orders.clientId },
      { principal_id: orders.principalId },
      { mi_res_id: orders.id },
    ] as Record<string, string>[]) {
      const { status, body } = await ask({ ...version, resource, ...named });
      expect([status, body.token_type, body.client_id, body.resource]).toEqual([
        200,
        "Bearer",
        orders.clientId,
        resource,
      ]);
      const { aud, oid, appid, idtyp, exp } = claimsOf(body.access_token);
      expect({ aud, oid, appid, idtyp }).toEqual({
        aud: resource,
        oid: orders.principalId,
        appid: orders.clientId,
        idtyp: "app",
      });
      expect(body.expires_on).toBe(String(exp));
    }
  });

  const noIdentity =
    "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
  it.each<[string, () => [Record<string, string>, Record<string, string>?], number, string]>([
    [
      "a request without the host's header",
      () => [{ ...version, resource, client_id: orders.clientId }, {}],
      401,
      "The header X-IDENTITY-HEADER is missing or is not a host's.",
    ],
    [
      "a wrong header",
      () => [{ ...version, resource, client_id: orders.clientId }, { "x-identity-header": "guess" }],
      401,
      "The header X-IDENTITY-HEADER is missing or is not a host's.",
    ],
    [
      "another api-version",
      () => [{ "api-version": "2017-09-01", resource, client_id: orders.clientId }],
      400,
      "api-version is '2017-09-01'; allowed: 2019-08-01",
    ],
    ["no resource", () => [{ ...version, client_id: orders.clientId }], 400, "The parameter 'resource' is missing."],
    ["a request without an identity", () => [{ ...version, resource }], 400, noIdentity],
    [
      "an identity that is not assigned to the host",
      () => [{ ...version, resource, client_id: billing.clientId }],
      400,
      noIdentity,
    ],
  ])("refuses %s", async (_case, request, status, message) => {
    const answer = await ask(...request());
    expect([answer.status, answer.body]).toEqual([status, { statusCode: status, message }]);
  });

  it("refuses a token for an API that requires an assignment if the identity has none", async () => {
    const { tenant } = azure.azure;
    const application = tenant.addApplication("api");
    tenant.addServicePrincipal({ appId: application.appId, displayName: "api", appRoleAssignmentRequired: true });
    const { status, body } = await ask({
      ...version,
      resource: application.appId,
      client_id: orders.clientId,
    });
    expect([status, body.message]).toEqual([
      400,
      `AADSTS501051: Application '${orders.clientId}'(id-orders) is not assigned to a role for the application '${application.appId}'(api).`,
    ]);
  });
});
