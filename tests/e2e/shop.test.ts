import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import type { DeploymentResult } from "@microservice-identities/engine/deployment/stack";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf, type ProofReport } from "@microservice-identities/proof/report";
import { shopProject, writeLandscape } from "@microservice-identities/test-support/project";
import { prove } from "@microservice-identities/test-support/proof";
import { shop } from "@microservice-identities/test-support/shopProject/stacks/shop";

// The program and the proof run in separate processes, which takes longer than jest's five seconds.
jest.setTimeout(120_000);

/**
 * Deploys the shop with the built-in engine, proves it with unmodified clients, and changes things by hand. The tests in
 * tests/engine do the same with a Pulumi CLI. The shop belongs to the tests, so that a team can change its own landscape.
 */
describe("the shop on a local Azure", () => {
  let folder: string;
  let azure: LocalAzure;
  let stack: BuiltInStack;
  let outputs: DeploymentResult["outputs"];
  const deploy = (config: Record<string, string> = {}): Promise<DeploymentResult> =>
    stack.up({ config: { date: "2026-11-24", ...config } });
  const landscapeFile = async (services: object): Promise<Record<string, string>> => {
    await writeLandscape(folder, "changed", { services });
    return { landscapeFile: path.join(folder, "changed.yaml") };
  };
  /** The roles in each token, or the error code if there was no token, by `caller → api`. */
  const callsOf = (report: ProofReport) =>
    Object.fromEntries(report.calls.map(({ caller, api, got }) => [`${caller} → ${api}`, got]));

  const declared: Record<string, string[]> = {
    "orders → inventory": ["Inventory.Read"],
    "orders → billing": ["Invoices.Write"],
    "fulfillment → inventory": ["Inventory.Write"],
    "fulfillment → orders": ["Orders.Read", "Orders.Write"],
    "billing → orders": ["Orders.Read"],
    "reporting → orders": ["Orders.Read"],
    "reporting → inventory": ["Inventory.Read"],
    "reporting → billing": ["Invoices.Read"],
    "reporting → ingest": ["Feeds.Read"],
    "ingest → inventory": ["Inventory.Write"],
  };
  const names = ["orders", "inventory", "fulfillment", "billing", "reporting", "ingest"];
  const expectedCalls = (calls: Record<string, string[]>) =>
    Object.fromEntries(
      names.flatMap((caller) =>
        names
          .filter((api) => api !== caller)
          .map((api) => [`${caller} → ${api}`, calls[`${caller} → ${api}`] ?? "AADSTS501051"]),
      ),
    );

  beforeAll(async () => {
    folder = await shopProject();
    azure = await startLocalAzure();
    stack = new BuiltInStack({ azure, projectFolder: folder, stack: "dev" });
  });
  afterAll(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("gives every declared call exactly its roles, and refuses all other calls and all foreign vaults", async () => {
    const { operations, ...deployed } = await deploy();
    outputs = deployed.outputs;
    expect(operations).toEqual({ create: 80, update: 0, replace: 0, delete: 0, same: 0 });
    const report = await prove(azure, outputs);
    expect(differencesOf(report)).toEqual([]);
    expect(callsOf(report)).toEqual(expectedCalls(declared));
    expect(report.vaults.map(({ reader, vault, status }) => [reader, vault, status]).sort()).toEqual(
      names.flatMap((reader) => names.map((vault) => [reader, vault, reader === vault ? 200 : 403])).sort(),
    );
  });

  it("passes the proof although Entra, the vaults and the managed identities have faults", async () => {
    azure.faults.set({
      seed: 3,
      faults: [
        { kind: "unavailable", probability: 0.08 },
        { kind: "dropped", probability: 0.04 },
        { kind: "throttled", probability: 0.04, seconds: 0 },
      ],
    });
    const report = await prove(azure, outputs);
    azure.faults.clear();
    const had = new Set(azure.faults.events.map(({ endpoint }) => endpoint));
    expect([...had]).toEqual(expect.arrayContaining(["entra", "keyVault", "managedIdentity"]));
    expect(differencesOf(report)).toEqual([]);
  });

  it("fails the proof with the difference if somebody grants a role by hand", async () => {
    const directory = outputs.directory as Record<string, { objectId: string; roleIds: Record<string, string> }>;
    const { reporting, inventory } = directory;
    const assignment = azure.tenant.assign(
      reporting?.objectId ?? "",
      inventory?.objectId ?? "",
      inventory?.roleIds["Inventory.Write"] ?? "",
    );
    const report = await prove(azure, outputs);
    azure.tenant.unassign(assignment);
    expect(differencesOf(report)).toEqual([
      "reporting → inventory: got a token with Inventory.Read, Inventory.Write, expected Inventory.Read",
      "reporting → inventory: using Inventory.Write answered 201, expected 403",
    ]);
  });

  it("fails the proof with the names of a secret that was added by hand and of one that was removed", async () => {
    const applications = [...azure.tenant.applications.values()];
    const [orders, billing] = ["orders-dev", "billing-dev"].map((name) =>
      applications.find(({ displayName }) => displayName === name),
    );
    if (!orders || !billing) throw new Error("the shop is not deployed");
    const { keyId } = azure.tenant.addPassword(orders, { displayName: "quick fix" }).credential;
    const removed = billing.passwordCredentials;
    billing.passwordCredentials = [];
    const differences = differencesOf(await prove(azure, outputs));
    billing.passwordCredentials = removed;
    orders.passwordCredentials = orders.passwordCredentials.filter((password) => password.keyId !== keyId);
    expect(differences.filter((each) => each.includes("credential"))).toEqual([
      `billing: Entra no longer holds the credential ${removed[0]?.keyId}; refresh the stack and deploy it again`,
      `orders: Entra holds the credential ${keyId} (quick fix), which no deployment created; remove it, or revoke the service's secrets`,
    ]);
  });

  it("is not deployed with a misspelt role; the error suggests the existing one", async () => {
    const { fulfillment, ...others } = shop.services;
    const calls = { inventory: { roles: ["Inventory.Wirte"], because: "A typing error." } };
    const config = await landscapeFile({ ...others, fulfillment: { ...fulfillment, calls } });
    await expect(deploy(config)).rejects.toThrow(
      new Error(
        [
          "the deployment of stack dev failed:",
          `  ${config.landscapeFile} has 1 problem:`,
          '    line 77: services.fulfillment.calls.inventory.roles[0]: "inventory" has no app role "Inventory.Wirte". Did you mean "Inventory.Write"? Its roles are "Inventory.Read", "Inventory.Write"',
        ].join("\n"),
      ),
    );
  });
});

describe("production on a local Azure", () => {
  it("passes the proof behind the vaults' firewall, and cannot be destroyed while it is protected", async () => {
    const azure = await startLocalAzure();
    const projectFolder = await shopProject();
    try {
      const stack = new BuiltInStack({ azure, projectFolder, stack: "prod" });
      const config = { authority: azure.authority };
      const { outputs, resources } = await stack.up({ config });
      for (const { properties } of azure.subscription.vaults.values())
        expect(properties.networkAcls).toMatchObject({ defaultAction: "Deny", bypass: "None" });
      expect(differencesOf(await prove(azure, outputs))).toEqual([]);
      await expect(stack.destroy()).rejects.toThrow(
        /is protected: remove `protect` in one deployment, and the resource in the next$/,
      );
      const operations = await stack.preview({ config: { ...config, protect: "false" } });
      expect([operations.replace, operations.delete]).toEqual([0, 0]);
      expect(resources["azure-native:keyvault:Vault"]).toBe(5);
    } finally {
      await azure.close();
      await rm(projectFolder, { recursive: true });
    }
  });
});
