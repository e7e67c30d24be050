import type { TestAzure } from "@microservice-identities/test-support/azure";
import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import type { AzureClient } from "../../deployment/azureClient";
import { hasDrifted } from "../../deployment/drift";
import { ResourceOperations } from "../../deployment/resourceOperations";
import type { StackState } from "../../deployment/stackState";
import { emptyStack } from "./support/emptyStack";

describe("the check whether somebody changed a resource", () => {
  const recorded = { tags: { a: "1" }, description: "One.", list: [], properties: { on: true, etag: "x" } };

  it("finds a changed value that was read, at any depth", () => {
    expect(hasDrifted(recorded, recorded)).toBe(false);
    expect(hasDrifted(recorded, { ...recorded, tags: { a: "1", b: "2" } })).toBe(true);
    expect(hasDrifted(recorded, { properties: { on: false } })).toBe(true);
    expect(hasDrifted(recorded, { properties: { on: true, firewall: { deny: true } } })).toBe(true);
    expect(hasDrifted(recorded, { list: ["one"] })).toBe(true);
  });

  it("ignores values that were not read, empty values, and values that Azure changes itself", () => {
    expect(hasDrifted(recorded, {})).toBe(false);
    expect(hasDrifted(recorded, { list: null, more: [], notes: "", properties: { on: true, etag: "y" } })).toBe(false);
  });
});

describe("resources of Resource Manager", () => {
  let azure: TestAzure;
  let client: AzureClient;
  let state: StackState;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ azure, client, state, close } = await emptyStack());
  });
  afterEach(() => close());
  const operations = () => new ResourceOperations(client, state, () => {});
  const deploy = async (...wanted: [type: string, inputs: Record<string, unknown>][]) => {
    const work = operations();
    for (const [type, inputs] of wanted)
      await work.register({ urn: `urn:pulumi:dev::test::${type}::it`, type, inputs, deletedWith: "", protect: false });
    await work.deleteUnwanted();
  };
  const group: [string, Record<string, unknown>] = [
    "azure-native:resources:ResourceGroup",
    { resourceGroupName: "rg", location: "westeurope" },
  ];
  const vault = (vaultName: string, more: object = {}): [string, Record<string, unknown>] => [
    "azure-native:keyvault:Vault",
    {
      resourceGroupName: "rg",
      vaultName,
      location: "westeurope",
      properties: {
        tenantId: azure.azure.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: false,
        accessPolicies: [],
        ...more,
      },
    },
  ];
  const policy = () => ({
    tenantId: azure.azure.tenantId,
    objectId: "11111111-2222-4333-8444-555555555555",
    permissions: { secrets: ["get"] },
  });
  const pathOf = (name: string) => `/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/${name}`;

  it("lose an access policy that a person added, in the next deployment after a refresh", async () => {
    await deploy(group, vault("orders"));
    expect(await operations().refresh()).toBe(0);
    const added = await azure.arm("PUT", `${pathOf("orders")}/accessPolicies/add`, keyVaultVersion, {
      properties: { accessPolicies: [policy()] },
    });
    expect(added.status).toBe(201);
    expect(await operations().refresh()).toBe(1);
    await deploy(group, vault("orders"));
    expect(azure.azure.subscription.vaults.get("orders")?.accessPolicies).toEqual([]);
    expect(await operations().refresh()).toBe(0);
  });

  it("that a person created are not adopted, and do not change", async () => {
    const created = { location: "westeurope", tags: { owner: "a person" } };
    expect((await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", created)).status).toBe(201);
    await expect(deploy(group)).rejects.toThrow(
      `cannot create already existing resource '/subscriptions/${azure.azure.subscriptionId}/resourceGroups/rg'`,
    );
    const [, { properties }] = vault("orders", { accessPolicies: [policy()] });
    await azure.arm("PUT", pathOf("orders"), keyVaultVersion, { location: "westeurope", properties });
    await expect(deploy(vault("orders"))).rejects.toThrow(
      /cannot create already existing resource '.*\/vaults\/orders'/,
    );
    expect(azure.azure.subscription.groups.get("rg")?.tags).toEqual({ owner: "a person" });
    expect(azure.azure.subscription.vaults.get("orders")?.accessPolicies).toEqual([policy()]);
  });

  it("with a new name are created before the ones with the old name are deleted", async () => {
    await deploy(group, vault("orders"));
    await deploy(group, vault("orders-2"));
    expect([...azure.azure.subscription.vaults.keys()]).toEqual(["orders-2"]);
    // A deleted vault of another subscription reserves the new name, so the old vault stays.
    azure.azure.subscription.deletedVaults.set("taken", {
      vault: { ...vaultNamed("orders-2") },
      deletedAt: Date.now(),
    });
    await expect(deploy(group, vault("taken"))).rejects.toThrow(/already exists in deleted state/);
    expect([...azure.azure.subscription.vaults.keys()]).toEqual(["orders-2"]);
  });
  const vaultNamed = (name: string) => {
    const found = azure.azure.subscription.vaults.get(name);
    if (!found) throw new Error(`no vault ${name}`);
    return found;
  };
});
