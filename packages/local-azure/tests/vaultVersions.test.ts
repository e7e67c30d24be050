import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

/** https://learn.microsoft.com/azure/key-vault/general/access-control-default */
describe("the API versions of Key Vault's control plane", () => {
  let azure: TestAzure;
  let now = Date.parse("2026-11-25T12:00:00Z");
  const group = "/resourceGroups/rg-versions";
  const vault = (name: string) => `${group}/providers/Microsoft.KeyVault/vaults/${name}`;
  const [old, current] = ["2024-11-01", "2026-02-01"];
  beforeAll(async () => {
    azure = await startTestAzure({ clock: () => now });
    await azure.arm("PUT", group, "2024-03-01", { location: "westeurope" });
  });
  afterAll(() => azure.close());

  const put = async (name: string, apiVersion: string, properties: object = {}) => {
    const { status, body } = await azure.arm("PUT", vault(name), apiVersion, {
      location: "westeurope",
      properties: {
        tenantId: azure.azure.tenantId,
        sku: { family: "A", name: "standard" },
        accessPolicies: [],
        ...properties,
      },
    });
    return status < 300 ? body.properties.enableRbacAuthorization : body.error.code;
  };

  it.each([
    [old, {}, false],
    [old, { enableRbacAuthorization: true }, true],
    [current, {}, true],
    [current, { enableRbacAuthorization: false }, false],
  ])(
    "differ in the default permission model: %s with %j creates a vault whose enableRbacAuthorization is %s",
    async (apiVersion, properties, expected) => {
      const name = `made-${apiVersion.slice(0, 4)}-${Object.values(properties)[0] ?? "default"}`;
      expect(await put(name, apiVersion, properties)).toBe(expected);
    },
  );

  it("keep the permission model of an existing vault if a request does not set it", async () => {
    expect(await put("existing-one", old)).toBe(false);
    expect(await put("existing-one", current)).toBe(false);
    expect(await put("existing-two", current)).toBe(true);
    expect(await put("existing-two", old)).toBe(true);
  });

  it("before 2026-02-01 are refused after 2027-02-27, for every resource of Key Vault", async () => {
    await put("retired", current, { enableRbacAuthorization: false });
    now = Date.parse("2027-02-27T23:59:59Z");
    expect((await azure.arm("GET", vault("retired"), old)).status).toBe(200);
    now = Date.parse("2027-02-28T00:00:00Z");
    const secret = { properties: { value: "x" } };
    const policies = { properties: { accessPolicies: [] } };
    const requests = [
      ["GET", vault("retired"), undefined],
      ["PUT", `${vault("retired")}/secrets/one`, secret],
      ["PUT", `${vault("retired")}/accessPolicies/add`, policies],
      ["GET", "/providers/Microsoft.KeyVault/deletedVaults", undefined],
    ] as const;
    for (const [method, path, json] of requests) {
      const { status, body } = await azure.arm(method, path, old, json);
      expect([method, path, status, body.error.code]).toEqual([method, path, 400, "NoRegisteredProviderFound"]);
      expect(body.error.message).toMatch(/The supported api-versions are '2026-02-01'\.$/);
      expect((await azure.arm(method, path, current, json)).status).toBeLessThan(300);
    }
  });

  it("list deleted vaults, which reserve their names until the end of their retention", async () => {
    await put("held", current, { softDeleteRetentionInDays: 7 });
    await azure.arm("DELETE", vault("held"), current);
    const listed = async () =>
      (await azure.arm("GET", "/providers/Microsoft.KeyVault/deletedVaults", current)).body.value.map(
        ({ name }: { name: string }) => name,
      );
    expect(await listed()).toEqual(["held"]);
    const { status, body } = await azure.arm("PUT", vault("held"), current, {
      location: "westeurope",
      properties: { tenantId: azure.azure.tenantId, sku: { family: "A", name: "standard" } },
    });
    expect([status, body.error]).toEqual([
      409,
      {
        code: "ConflictError",
        message:
          "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
      },
    ]);
    now += 7 * 86_400_000;
    expect(await listed()).toEqual([]);
    expect(await put("held", current)).toBe(true);
  });
});
