import { randomUUID } from "node:crypto";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

describe("Azure Resource Manager", () => {
  let azure: TestAzure;
  beforeAll(async () => {
    azure = await startTestAzure();
    await azure.arm("PUT", group, groups, { location: "westeurope" });
  });
  afterAll(() => azure.close());

  const groups = "2024-03-01";
  const vaults = "2024-11-01";
  const identities = "2023-01-31";
  const assignments = "2022-04-01";
  const group = "/resourceGroups/rg-shop";
  const vaultPath = (name: string) => `${group}/providers/Microsoft.KeyVault/vaults/${name}`;
  const deletedPath = (name: string) => `/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/${name}`;
  const vaultBody = (properties: object = {}) => ({
    location: "westeurope",
    properties: {
      tenantId: azure.azure.tenantId,
      sku: { family: "A", name: "standard" },
      softDeleteRetentionInDays: 7,
      accessPolicies: [],
      ...properties,
    },
  });
  const errorOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [
    status,
    body.error.code,
  ];
  /** A client in the tenant without a role at the subscription. */
  const stranger = async (): Promise<{ token: string; objectId: string }> => {
    const { tenant } = azure.azure;
    const application = tenant.addApplication("stranger");
    const principal = tenant.addServicePrincipal({ appId: application.appId, displayName: "stranger" });
    const { secretText } = tenant.addPassword(application, { displayName: "stranger" });
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: application.appId,
      client_secret: secretText,
      scope: "https://management.core.windows.net//.default",
    });
    return { token: body.access_token, objectId: principal.id };
  };

  describe("refuses with a specific error", () => {
    it.each([
      ["no token", "", 401, "AuthenticationFailed"],
      ["a token that Entra did not sign", "abc", 401, "InvalidAuthenticationToken"],
      ["a token for another API", "graph", 401, "InvalidAuthenticationTokenAudience"],
    ])("%s", async (_case, given, status, code) => {
      const { azure: local, send, deployerToken } = azure;
      const token = given === "graph" ? await deployerToken("graph") : given || undefined;
      const answer = await send("GET", `${local.authority}${local.subscription.path}${group}?api-version=${groups}`, {
        token,
      });
      expect(errorOf(answer)).toEqual([status, code]);
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer authorization_uri="${local.authority}/${local.tenantId}"`,
      );
    });

    it.each([
      ["no api-version", group, "", 400, "MissingApiVersionParameter"],
      ["an unsupported api-version", group, "1999-01-01", 400, "NoRegisteredProviderFound"],
      ["an unsupported path", "/providers/Microsoft.Compute/disks/d", groups, 404, "InvalidResourceType"],
      ["a resource group that does not exist", "/resourceGroups/none", groups, 404, "ResourceGroupNotFound"],
      ["a vault that does not exist", vaultPath("none"), vaults, 404, "ResourceNotFound"],
    ])("%s", async (_case, path, version, status, code) => {
      const address = `${azure.azure.authority}${azure.azure.subscription.path}${path}`;
      const token = await azure.deployerToken("arm");
      const answer = await azure.send("GET", version ? `${address}?api-version=${version}` : address, { token });
      expect(errorOf(answer)).toEqual([status, code]);
    });

    it("another subscription", async () => {
      const other = randomUUID();
      const token = await azure.deployerToken("arm");
      const answer = await azure.send(
        "GET",
        `${azure.azure.authority}/subscriptions/${other}${group}?api-version=${groups}`,
        { token },
      );
      expect(errorOf(answer)).toEqual([404, "SubscriptionNotFound"]);
    });

    it("a client without a role; the message names the client, the action and the scope", async () => {
      const { token, objectId } = await stranger();
      const answer = await azure.arm("GET", group, groups, undefined, token);
      expect(answer.status).toBe(403);
      expect(answer.body.error.code).toBe("AuthorizationFailed");
      expect(answer.body.error.message).toMatch(
        new RegExp(
          `with object id '${objectId}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/read' over scope '${azure.azure.subscription.path}${group}'`,
        ),
      );
    });

    it("a body that is not JSON", async () => {
      const answer = await azure.send(
        "PUT",
        `${azure.azure.authority}${azure.azure.subscription.path}${group}?api-version=${groups}`,
        {
          token: await azure.deployerToken("arm"),
          headers: { "content-type": "application/json" },
          form: { not: "json" },
        },
      );
      expect(errorOf(answer)).toEqual([400, "InvalidRequestContent"]);
    });
  });

  it("applies a role assignment at a resource group only to the resources in it", async () => {
    const { token, objectId } = await stranger();
    const reader = `${azure.azure.subscription.path}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;
    const assignment = `${group}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
    const made = await azure.arm("PUT", assignment, assignments, {
      properties: { principalId: objectId, principalType: "ServicePrincipal", roleDefinitionId: reader },
    });
    expect(made.status).toBe(201);
    await azure.arm("PUT", vaultPath("reachable"), vaults, vaultBody());
    expect((await azure.arm("GET", vaultPath("reachable"), vaults, undefined, token)).status).toBe(200);
    expect(errorOf(await azure.arm("DELETE", vaultPath("reachable"), vaults, undefined, token))).toEqual([
      403,
      "AuthorizationFailed",
    ]);
    await azure.arm("PUT", "/resourceGroups/rg-other", groups, { location: "westeurope" });
    expect(errorOf(await azure.arm("GET", "/resourceGroups/rg-other", groups, undefined, token))).toEqual([
      403,
      "AuthorizationFailed",
    ]);
    const again = await azure.arm(
      "PUT",
      `${group}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`,
      assignments,
      { properties: { principalId: objectId, principalType: "ServicePrincipal", roleDefinitionId: reader } },
    );
    expect(errorOf(again)).toEqual([409, "RoleAssignmentExists"]);
    await azure.arm("DELETE", assignment, assignments);
    expect(errorOf(await azure.arm("GET", vaultPath("reachable"), vaults, undefined, token))).toEqual([
      403,
      "AuthorizationFailed",
    ]);
  });

  describe("a vault", () => {
    it.each([
      ["purge protection of false", { enablePurgeProtection: false }],
      ["a retention of 5 days", { softDeleteRetentionInDays: 5 }],
      ["an unknown property", { colour: "red" }],
      [
        "an unknown permission",
        { accessPolicies: [{ tenantId: randomUUID(), objectId: randomUUID(), permissions: { secrets: ["read"] } }] },
      ],
    ])("is not created with %s", async (_case, properties) => {
      const answer = await azure.arm("PUT", vaultPath("impossible"), vaults, vaultBody(properties));
      expect(errorOf(answer)).toEqual([400, "InvalidRequestContent"]);
      expect(azure.azure.subscription.vaults.has("impossible")).toBe(false);
    });

    it("must be created with access policies, unless it uses Azure RBAC or is recovered", async () => {
      const put = async (version: string, properties: object) => {
        const { status, body } = await azure.arm("PUT", vaultPath("without-policies"), version, {
          location: "westeurope",
          properties: { tenantId: azure.azure.tenantId, sku: { family: "A", name: "standard" }, ...properties },
        });
        return status < 300 ? status : [status, body.error];
      };
      const refused = [400, { code: "BadRequest", message: "The parameter accessPolicies is not specified." }];
      expect(await put(vaults, {})).toEqual(refused);
      expect(await put("2026-02-01", { enableRbacAuthorization: false })).toEqual(refused);
      expect(await put("2026-02-01", {})).toBe(201);
      await azure.arm("DELETE", vaultPath("without-policies"), vaults);
      expect(await put(vaults, { createMode: "recover" })).toBe(201);
    });

    it("cannot change its retention or disable its purge protection", async () => {
      await azure.arm("PUT", vaultPath("fixed"), vaults, vaultBody({ enablePurgeProtection: true }));
      for (const change of [
        { softDeleteRetentionInDays: 8, enablePurgeProtection: true },
        { softDeleteRetentionInDays: 7 },
      ]) {
        expect(errorOf(await azure.arm("PUT", vaultPath("fixed"), vaults, vaultBody(change)))).toEqual([
          400,
          "BadRequest",
        ]);
      }
    });

    it("keeps its name and its secrets after its deletion until it is recovered or purged", async () => {
      const path = vaultPath("comes-back");
      const secret = { properties: { value: "kept", attributes: { enabled: true } } };
      expect((await azure.arm("PUT", path, vaults, vaultBody())).status).toBe(201);
      expect((await azure.arm("PUT", `${path}/secrets/one`, vaults, secret)).status).toBe(201);
      expect((await azure.arm("DELETE", path, vaults)).status).toBe(200);
      expect(errorOf(await azure.arm("GET", path, vaults))).toEqual([404, "ResourceNotFound"]);
      expect((await azure.arm("GET", deletedPath("comes-back"), vaults)).status).toBe(200);
      expect(errorOf(await azure.arm("PUT", path, vaults, vaultBody()))).toEqual([409, "ConflictError"]);
      expect((await azure.arm("PUT", path, vaults, vaultBody({ createMode: "recover" }))).status).toBe(201);
      expect((await azure.arm("GET", `${path}/secrets/one`, vaults)).status).toBe(200);
      await azure.arm("DELETE", path, vaults);
      expect((await azure.arm("POST", `${deletedPath("comes-back")}/purge`, vaults)).status).toBe(200);
      expect(errorOf(await azure.arm("GET", deletedPath("comes-back"), vaults))).toEqual([404, "DeletedVaultNotFound"]);
      expect((await azure.arm("PUT", path, vaults, vaultBody())).status).toBe(201);
      expect(errorOf(await azure.arm("GET", `${path}/secrets/one`, vaults))).toEqual([404, "ResourceNotFound"]);
    });

    it("cannot be purged under purge protection", async () => {
      await azure.arm("PUT", vaultPath("protected"), vaults, vaultBody({ enablePurgeProtection: true }));
      await azure.arm("DELETE", vaultPath("protected"), vaults);
      expect(errorOf(await azure.arm("POST", `${deletedPath("protected")}/purge`, vaults))).toEqual([
        409,
        "ConflictError",
      ]);
    });

    it("returns a secret without its value", async () => {
      await azure.arm("PUT", vaultPath("silent"), vaults, vaultBody());
      const secret = `${vaultPath("silent")}/secrets/client-secret`;
      await azure.arm("PUT", secret, vaults, {
        properties: { value: "not to be shown", attributes: { exp: 1813276800 } },
      });
      const { body } = await azure.arm("GET", secret, vaults);
      expect(JSON.stringify(body)).not.toContain("not to be shown");
      expect(body.properties.attributes.exp).toBe(1813276800);
    });

    it("adds, replaces and removes single access policies", async () => {
      await azure.arm("PUT", vaultPath("policies"), vaults, vaultBody());
      const objectId = randomUUID();
      const change = async (operation: string, secrets: string[]) => {
        const { status, body } = await azure.arm(
          "PUT",
          `${vaultPath("policies")}/accessPolicies/${operation}`,
          vaults,
          {
            properties: { accessPolicies: [{ tenantId: azure.azure.tenantId, objectId, permissions: { secrets } }] },
          },
        );
        return [status, body.properties.accessPolicies.map((p: never) => (p as { permissions: object }).permissions)];
      };
      expect(await change("add", ["get"])).toEqual([201, [{ secrets: ["get"] }]]);
      expect(await change("add", ["list"])).toEqual([200, [{ secrets: ["get", "list"] }]]);
      expect(await change("replace", ["set"])).toEqual([200, [{ secrets: ["set"] }]]);
      expect(await change("remove", ["set"])).toEqual([200, []]);
    });
  });

  it("deletes a resource group as a long-running operation, with everything in it", async () => {
    const path = "/resourceGroups/rg-leaving";
    await azure.arm("PUT", path, groups, { location: "westeurope" });
    await azure.arm("PUT", `${path}/providers/Microsoft.KeyVault/vaults/leaving`, vaults, vaultBody());
    const identity = `${path}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-leaving`;
    const { body } = await azure.arm("PUT", identity, identities, { location: "westeurope" });
    expect(azure.azure.tenant.servicePrincipals.has(body.properties.principalId)).toBe(true);
    const accepted = await azure.arm("DELETE", path, groups);
    expect(accepted.status).toBe(202);
    const token = await azure.deployerToken("arm");
    let status = 202;
    while (status === 202)
      status = (await azure.send("GET", accepted.headers.get("location") as string, { token })).status;
    expect(status).toBe(200);
    expect(errorOf(await azure.arm("GET", path, groups))).toEqual([404, "ResourceGroupNotFound"]);
    expect(azure.azure.tenant.servicePrincipals.has(body.properties.principalId)).toBe(false);
    expect((await azure.arm("GET", deletedPath("leaving"), vaults)).status).toBe(200);
  });
});
