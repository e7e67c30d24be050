import { randomUUID } from "node:crypto";
import { type Answer, startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";

/** Requests to Resource Manager from management clients in other languages and from the az CLI. */
describe("Resource Manager for any client", () => {
  let azure: TestAzure;
  const groups = "2024-03-01";
  const vaults = "2026-02-01";
  const identities = "2024-11-30";
  const roles = "2022-04-01";
  const [one, two] = ["/resourceGroups/rg-one", "/resourceGroups/rg-two"];
  const vault = (group: string, name: string) => `${group}/providers/Microsoft.KeyVault/vaults/${name}`;
  const identity = (group: string, name: string) =>
    `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  const body = () => ({
    location: "westeurope",
    properties: { tenantId: azure.azure.tenantId, sku: { family: "A", name: "standard" } },
  });
  const send = async (method: string, path: string, query: Record<string, string>, json?: object): Promise<Answer> =>
    azure.send(method, `${azure.azure.authority}${path}?${new URLSearchParams(query)}`, {
      token: await azure.deployerToken("arm"),
      json,
    });
  const inSubscription = (path: string) => `${azure.azure.subscription.path}${path}`;
  const namesOf = ({ body: answer }: Answer) => answer.value.map(({ name }: { name: string }) => name);
  const refusal = ({ status, body: answer }: Answer) => [status, answer.error.code, answer.error.message];

  beforeAll(async () => {
    azure = await startTestAzure();
    for (const group of [one, two]) await azure.arm("PUT", group, groups, { location: "westeurope" });
    await azure.arm("PUT", vault(one, "vault-one"), vaults, body());
    await azure.arm("PUT", vault(two, "vault-two"), vaults, body());
    await azure.arm("PUT", identity(one, "id-one"), identities, { location: "westeurope" });
  });
  afterAll(() => azure.close());

  it("lists the subscription and the tenant only for clients with a role there", async () => {
    const subscriptions = await send("GET", "/subscriptions", { "api-version": "2022-12-01" });
    const shown = (answer: Answer) =>
      answer.body.value.map((each: { subscriptionId: string; state: string }) => [each.subscriptionId, each.state]);
    expect(shown(subscriptions)).toEqual([[azure.azure.subscriptionId, "Enabled"]]);
    const tenants = await send("GET", "/tenants", { "api-version": "2022-12-01" });
    expect(tenants.body.value.map(({ tenantId }: { tenantId: string }) => tenantId)).toEqual([azure.azure.tenantId]);
    const { ARM_CLIENT_ID, ARM_CLIENT_SECRET } = azure.azure.addIdentity("stranger", []);
    const { body: token } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: ARM_CLIENT_ID,
      client_secret: ARM_CLIENT_SECRET,
      scope: "https://management.core.windows.net//.default",
    });
    const address = `${azure.azure.authority}/subscriptions?api-version=2022-12-01`;
    const seen = await azure.send("GET", address, { token: token.access_token });
    expect(seen.body.value).toEqual([]);
  });

  it.each<[string, string, Record<string, string>, string[]]>([
    [
      "vaults of the subscription",
      "/providers/Microsoft.KeyVault/vaults",
      { "api-version": vaults },
      ["vault-one", "vault-two"],
    ],
    ["vaults of a group", `${one}/providers/Microsoft.KeyVault/vaults`, { "api-version": vaults }, ["vault-one"]],
    [
      "identities of the subscription",
      "/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
      { "api-version": identities },
      ["id-one"],
    ],
    [
      "identities of a group",
      `${two}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`,
      { "api-version": identities },
      [],
    ],
    ["resources of a group", `${one}/resources`, { "api-version": "2021-04-01" }, ["vault-one", "id-one"]],
    [
      "resources by type",
      "/resources",
      { "api-version": "2015-11-01", $filter: "resourceType eq 'Microsoft.KeyVault/vaults'" },
      ["vault-one", "vault-two"],
    ],
    [
      "resources by type and name",
      "/resources",
      { "api-version": "2021-04-01", $filter: "resourceType eq 'microsoft.keyvault/vaults' and name eq 'VAULT-two'" },
      ["vault-two"],
    ],
    [
      "role definitions by name",
      "/providers/Microsoft.Authorization/roleDefinitions",
      { "api-version": roles, $filter: "roleName eq 'Key Vault Secrets User'" },
      [azureRoles.keyVaultSecretsUser.id],
    ],
    ["groups", "/resourceGroups", { "api-version": groups }, ["rg-one", "rg-two"]],
  ])("lists %s", async (_what, path, query, expected) => {
    expect(namesOf(await send("GET", inSubscription(path), query))).toEqual(expected);
  });

  it("returns a list in pages of $top", async () => {
    const query = { "api-version": vaults, $top: "1" };
    const first = await send("GET", inSubscription("/providers/Microsoft.KeyVault/vaults"), query);
    expect(namesOf(first)).toEqual(["vault-one"]);
    const next = await azure.send("GET", first.body.nextLink, { token: await azure.deployerToken("arm") });
    expect([namesOf(next), next.body.nextLink]).toEqual([["vault-two"], undefined]);
  });

  it.each<[string, string, Record<string, string>, string, string]>([
    [
      "an unsupported parameter",
      one,
      { "api-version": groups, $top: "1" },
      "InvalidQueryParameter",
      "The local Azure does not serve the query parameter '$top' here; served: api-version.",
    ],
    [
      "a filter of resources that it does not understand",
      "/resources",
      { "api-version": "2021-04-01", $filter: "startswith(name,'x')" },
      "InvalidFilterInQueryString",
      "Invalid $filter 'startswith(name,'x')' specified in the query string; supported: resourceType, name, location, resourceGroup, with eq and and.",
    ],
    [
      "a filter of assignments that it does not understand",
      "/providers/Microsoft.Authorization/roleAssignments",
      { "api-version": roles, $filter: "roleDefinitionId eq 'x'" },
      "UnsupportedFilter",
      "The local Azure does not serve the filter 'roleDefinitionId eq 'x''; served: atScope(), principalId eq '…', assignedTo('…').",
    ],
  ])("refuses %s", async (_what, path, query, code, message) => {
    expect(refusal(await send("GET", inSubscription(path), query))).toEqual([400, code, message]);
  });

  describe("role assignments", () => {
    const path = (scope: string, name: string) =>
      inSubscription(`${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`);
    const assign = (scope: string, properties: object) =>
      send(
        "PUT",
        path(scope, randomUUID()),
        { "api-version": roles },
        {
          properties: {
            roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${azureRoles.reader.id}`,
            ...properties,
          },
        },
      );
    const principalOf = (name: string): string => {
      const { appId } = azure.azure.tenant.addApplication(name);
      return azure.azure.tenant.addServicePrincipal({ appId, displayName: name }).id;
    };

    it("are listed at a scope together with those below it, or without these with atScope()", async () => {
      const principalId = principalOf("reader");
      const [atGroup, atVault] = [
        await assign(one, { principalId }),
        await assign(vault(one, "vault-one"), { principalId }),
      ];
      await assign(two, { principalId });
      const listed = async (filter: string) =>
        namesOf(
          await send("GET", inSubscription(`${one}/providers/Microsoft.Authorization/roleAssignments`), {
            "api-version": roles,
            $filter: filter,
          }),
        );
      expect(await listed(`principalId eq '${principalId}'`)).toEqual([atGroup.body.name, atVault.body.name]);
      expect(await listed(`atScope() and assignedTo('${principalId}')`)).toEqual([atGroup.body.name]);
    });

    it.each<[string, string, () => object, number, string]>([
      [
        "an unsupported condition",
        one,
        () => ({ principalId: principalOf("x"), condition: "@Resource[name] eq 'x'", conditionVersion: "2.0" }),
        400,
        "InvalidCondition",
      ],
      [
        "a wrong type of principal",
        one,
        () => ({ principalId: principalOf("x"), principalType: "User" }),
        400,
        "UnmatchedPrincipalType",
      ],
      ["a principal that does not exist", one, () => ({ principalId: randomUUID() }), 400, "PrincipalNotFound"],
      [
        "a group that does not exist",
        "/resourceGroups/none",
        () => ({ principalId: principalOf("x") }),
        404,
        "ResourceGroupNotFound",
      ],
      [
        "a vault that does not exist",
        vault(one, "none"),
        () => ({ principalId: principalOf("x") }),
        404,
        "ResourceNotFound",
      ],
    ])("are refused with %s", async (_what, scope, properties, status, code) => {
      expect(refusal(await assign(scope, properties())).slice(0, 2)).toEqual([status, code]);
    });
  });

  it("says whether a vault's name is available: it is not while a deleted vault reserves it", async () => {
    const check = async (name: string) => {
      const path = inSubscription("/providers/Microsoft.KeyVault/checkNameAvailability");
      const { body: answer } = await send(
        "POST",
        path,
        { "api-version": vaults },
        { name, type: "Microsoft.KeyVault/vaults" },
      );
      return [answer.nameAvailable, answer.reason];
    };
    expect(await check("free-name")).toEqual([true, undefined]);
    expect(await check("vault-one")).toEqual([false, "AlreadyExists"]);
    expect(await check("9-invalid")).toEqual([false, "AccountNameInvalid"]);
    await azure.arm("PUT", vault(one, "deleted-name"), vaults, body());
    await azure.arm("DELETE", vault(one, "deleted-name"), vaults);
    expect(await check("deleted-name")).toEqual([false, "AlreadyExists"]);
  });

  it("answers HEAD for a group with 204 or 404", async () => {
    expect((await azure.arm("HEAD", one, groups)).status).toBe(204);
    expect((await azure.arm("HEAD", "/resourceGroups/none", groups)).status).toBe(404);
  });

  it("changes only the given properties with a PATCH", async () => {
    const tags = { owner: "shop" };
    expect((await azure.arm("PATCH", one, groups, { tags })).body.tags).toEqual(tags);
    expect((await azure.arm("PATCH", identity(one, "id-one"), identities, { tags })).body.tags).toEqual(tags);
    const before = (await azure.arm("GET", vault(one, "vault-one"), vaults)).body;
    const properties = { enableRbacAuthorization: false };
    const after = (await azure.arm("PATCH", vault(one, "vault-one"), vaults, { tags, properties })).body;
    const systemData = { ...before.systemData, lastModifiedAt: expect.any(String) };
    expect(after).toEqual({ ...before, systemData, tags, properties: { ...before.properties, ...properties } });
  });

  it("accepts the same resource that it returned, including properties that cannot be changed", async () => {
    for (const [path, version] of [
      [one, groups],
      [vault(one, "vault-one"), vaults],
      [identity(one, "id-one"), identities],
    ] as const) {
      const { body: shown } = await azure.arm("GET", path, version);
      const { status, body: kept } = await azure.arm("PUT", path, version, shown);
      const { lastModifiedAt } = kept.systemData ?? {};
      const written = shown.systemData && { systemData: { ...shown.systemData, lastModifiedAt } };
      expect([path, status, kept]).toEqual([path, 200, { ...shown, ...written }]);
    }
  });

  it.each([
    ["a vault", vault(one, "vault-one"), vaults],
    ["an identity", identity(one, "id-one"), identities],
  ])("refuses %s that exists in another location", async (_what, path, version) => {
    const { status, body: answer } = await azure.arm("PUT", path, version, {
      ...body(),
      ...(version === vaults ? {} : { properties: {} }),
      location: "northeurope",
    });
    expect([status, answer.error.code]).toEqual([409, "InvalidResourceLocation"]);
    expect((await azure.arm("GET", path, version)).body.location).toBe("westeurope");
  });

  it("stores all properties of a role definition, answers a change with 201, and its deletion with the definition", async () => {
    const path = inSubscription(`/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`);
    const definition = (description: string) => ({
      properties: {
        roleName: "Reads secrets",
        description,
        assignableScopes: [inSubscription("")],
        permissions: [{ dataActions: ["*"], notDataActions: ["Microsoft.KeyVault/vaults/secrets/setSecret/action"] }],
      },
    });
    const version = { "api-version": roles };
    expect((await send("PUT", path, version, definition("one"))).status).toBe(201);
    expect((await send("PUT", path, version, definition("two"))).status).toBe(201);
    const other = inSubscription(`/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`);
    expect(refusal(await send("PUT", other, version, definition("namesake"))).slice(0, 2)).toEqual([
      409,
      "RoleDefinitionWithSameNameExists",
    ]);
    const elsewhere = { properties: { ...definition("x").properties, roleName: "Other", assignableScopes: ["/"] } };
    expect(refusal(await send("PUT", other, version, elsewhere)).slice(0, 2)).toEqual([400, "LinkedInvalidPropertyId"]);
    const { permissions, assignableScopes } = (await send("GET", path, version)).body.properties;
    expect([permissions[0].notDataActions, assignableScopes]).toEqual([
      ["Microsoft.KeyVault/vaults/secrets/setSecret/action"],
      [inSubscription("")],
    ]);
    const deleted = await send("DELETE", path, version);
    expect([deleted.status, deleted.body.properties.description]).toEqual([200, "two"]);
    expect((await send("DELETE", path, version)).status).toBe(204);
  });

  it("lists the supported API versions, so that clients can choose one", async () => {
    const list = await send("GET", inSubscription("/providers"), { "api-version": "2022-09-01" });
    const names = list.body.value.map(({ namespace }: { namespace: string }) => namespace);
    expect(names).toEqual([
      "Microsoft.Authorization",
      "Microsoft.KeyVault",
      "Microsoft.ManagedIdentity",
      "Microsoft.Resources",
    ]);
    const vaultProvider = await send("GET", inSubscription("/providers/microsoft.keyvault"), {
      "api-version": "2022-09-01",
    });
    const { resourceType, apiVersions } = vaultProvider.body.resourceTypes[0];
    expect([resourceType, apiVersions.slice(0, 1)]).toEqual(["vaults", ["2026-02-01"]]);
    const registered = await send("POST", inSubscription("/providers/Microsoft.KeyVault/register"), {
      "api-version": "2022-09-01",
    });
    expect([registered.status, registered.body.registrationState]).toEqual([200, "Registered"]);
    expect(
      refusal(await send("GET", inSubscription("/providers/Microsoft.Web"), { "api-version": "2022-09-01" })),
    ).toEqual([
      404,
      "InvalidResourceNamespace",
      "The resource namespace 'Microsoft.Web' is invalid. The local Azure serves Microsoft.Authorization, Microsoft.KeyVault, Microsoft.ManagedIdentity, Microsoft.Resources.",
    ]);
  });

  it.each<[string, object, string]>([
    [
      "accessPolicies.0.permissions.keys.0",
      { accessPolicies: [{ permissions: { keys: ["nosuch"] } }] },
      "allowed: get, ",
    ],
    ["publicNetworkAccess", { publicNetworkAccess: "Sometimes" }, "allowed: Enabled, Disabled"],
    ["enableSoftDelete", { enableSoftDelete: false }, "cannot be set to false"],
  ])("refuses a vault with a value of properties.%s that Azure does not allow", async (property, change, why) => {
    const named = { accessPolicies: [], ...change };
    const accessPolicies = named.accessPolicies.map((policy: object) => ({
      tenantId: azure.azure.tenantId,
      objectId: randomUUID(),
      ...policy,
    }));
    const { location, properties } = body();
    const json = { location, properties: { ...properties, ...named, accessPolicies } };
    const answer = await azure.arm("PUT", vault(one, "vault-odd"), vaults, json);
    const [status, code, message] = refusal(answer);
    expect([status, code]).toEqual([400, "InvalidRequestContent"]);
    expect(message).toContain(`'properties.${property}'`);
    expect(message).toContain(why);
  });

  it("accepts permissions and SKUs in upper and lower case", async () => {
    const { location, properties } = body();
    const accessPolicies = [
      { tenantId: azure.azure.tenantId, objectId: randomUUID(), permissions: { secrets: ["Get", "LIST"] } },
    ];
    const json = { location, properties: { ...properties, sku: { family: "A", name: "Standard" }, accessPolicies } };
    const answer = await azure.arm("PUT", vault(two, "vault-case"), vaults, json);
    expect([answer.status, answer.body.properties.sku.name]).toEqual([201, "standard"]);
    await azure.arm("DELETE", vault(two, "vault-case"), vaults);
  });

  it("refuses a conditional request", async () => {
    const answer = await azure.send("GET", `${azure.azure.authority}${inSubscription(one)}?api-version=${groups}`, {
      token: await azure.deployerToken("arm"),
      headers: { "if-match": '"1"' },
    });
    expect(refusal(answer)).toEqual([
      400,
      "InvalidRequestContent",
      "The request content was invalid: The local Azure does not serve the header 'if-match'.",
    ]);
  });
});
