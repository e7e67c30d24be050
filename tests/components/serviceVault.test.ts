import { evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import { ServiceVault } from "../../components/serviceVault";

describe("ServiceVault", () => {
  const args = {
    resourceGroupName: "rg-shop-dev",
    location: "westeurope",
    tenantId: guid("tenant"),
    readerPrincipalId: guid("reader"),
  };
  const vault = (change: object = {}, name = "orders") => new ServiceVault(name, { ...args, ...change });

  it("allows one identity to get secrets and nothing else, and keeps deleted secrets for 90 days", async () => {
    const { resources, result } = await evaluate(() => vault());
    expect(resources.map(({ name, inputs }) => [name, inputs])).toEqual([
      [
        "orders-vault",
        {
          resourceGroupName: "rg-shop-dev",
          location: "westeurope",
          vaultName: "orders-abc123",
          properties: {
            tenantId: guid("tenant"),
            sku: { family: "A", name: "standard" },
            enableSoftDelete: true,
            softDeleteRetentionInDays: 90,
            enablePurgeProtection: true,
            enableRbacAuthorization: false,
            // The SDK adds its defaults.
            enabledForDeployment: false,
            enabledForDiskEncryption: false,
            enabledForTemplateDeployment: false,
            publicNetworkAccess: "enabled",
            accessPolicies: [{ tenantId: guid("tenant"), objectId: guid("reader"), permissions: { secrets: ["get"] } }],
          },
        },
      ],
      ["orders-vault-suffix", { length: 6, upper: false, special: false }],
    ]);
    expect(await resolved(result.vaultUri)).toBe("https://orders-abc123.vault.azure.net/");
  });

  it("with Azure RBAC has no access policy, and assigns Key Vault Secrets User only at this vault", async () => {
    const { resources, named, result } = await evaluate(() => vault({ authorization: "rbac" }));
    expect(named("orders-vault").inputs.properties).toMatchObject({
      enableRbacAuthorization: true,
      accessPolicies: [],
    });
    expect(named("orders-reader").inputs).toEqual({
      roleAssignmentName: guid("orders-reader-name"),
      scope: await resolved(result.vaultId),
      principalId: guid("reader"),
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${guid("subscription")}/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6`,
    });
    expect(resources).toHaveLength(4);
  });

  it("assigns a given custom role instead, and has both the access policy and the role while migrating", async () => {
    const readerRole = guid("reader-role");
    for (const authorization of ["migrating", "rbac"] as const) {
      const { named, result } = await evaluate(() => vault({ authorization, readerRole }));
      const { enableRbacAuthorization, accessPolicies } = named("orders-vault").inputs.properties;
      expect([enableRbacAuthorization, accessPolicies.length, result.authorization, result.readerRole]).toEqual(
        authorization === "rbac" ? [true, 0, "rbac", readerRole] : [false, 1, "accessPolicies", undefined],
      );
      expect(named("orders-reader").inputs.roleDefinitionId).toMatch(new RegExp(`/roleDefinitions/${readerRole}$`));
    }
  });

  it("admits only the given networks, and refuses a private IP address", async () => {
    const subnet = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/services";
    const { named } = await evaluate(() =>
      vault({ network: { ipRules: ["203.0.113.0/24", "198.51.100.7"], subnets: [subnet] } }),
    );
    expect(named("orders-vault").inputs.properties.networkAcls).toEqual({
      defaultAction: "Deny",
      bypass: "None",
      ipRules: [{ value: "203.0.113.0/24" }, { value: "198.51.100.7/32" }],
      virtualNetworkRules: [{ id: subnet.toLowerCase() }],
    });
    await expect(evaluate(() => vault({ network: { ipRules: ["192.168.0.1"] } }))).rejects.toThrow(
      'ServiceVault orders: network.ipRules is "192.168.0.1"; allowed: a public IPv4 address, or a range of them by its first address like 203.0.113.0/24',
    );
  });

  it("omits purge protection if it is off, because Azure accepts only true", async () => {
    const { named } = await evaluate(() => vault({ purgeProtection: false, retentionDays: 7 }));
    expect(named("orders-vault").inputs.properties).not.toHaveProperty("enablePurgeProtection");
    expect(named("orders-vault").inputs.properties.softDeleteRetentionInDays).toBe(7);
  });

  it("shortens a long name to Azure's limit, without two hyphens in a row", async () => {
    const { named } = await evaluate(() => vault({}, "order-fulfilment-with-returns"));
    expect(named("order-fulfilment-with-returns-vault").inputs.vaultName).toBe("order-fulfilment-abc123");
  });

  it.each([
    ["retentionDays", { retentionDays: 3 }, "retentionDays is 3; allowed: a whole number from 7 to 90"],
    [
      "authorization",
      { authorization: "both" },
      'authorization is "both"; allowed: "accessPolicies" or "migrating" or "rbac"',
    ],
    ["readerRole", { authorization: "rbac", readerRole: "Reader" }, 'readerRole is "Reader"; allowed: a GUID'],
    [
      "vaultName",
      { vaultName: "1-vault" },
      'vaultName is "1-vault"; allowed: 3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a hyphen',
    ],
  ])("refuses an invalid %s", async (_what, change, message) => {
    await expect(evaluate(() => vault(change))).rejects.toThrow(new Error(`ServiceVault orders: ${message}`));
  });
});
