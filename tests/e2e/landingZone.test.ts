import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { StackState } from "@microservice-identities/engine/deployment/stackState";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { type PolicyFile, policyFile } from "@microservice-identities/local-azure/policies/policies";
import { differencesOf } from "@microservice-identities/proof/report";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { shopProject, writeLandscape, writeSettings } from "@microservice-identities/test-support/project";
import { prove } from "@microservice-identities/test-support/proof";
import { shop } from "@microservice-identities/test-support/shopProject/stacks/shop";
import { parse } from "yaml";
import { converge } from "../../cli/adoption/converge";
import { localTenant } from "../../cli/adoption/localTenant";
import { localConfig } from "../../cli/deployingCommand";
import program from "../../stacks/index";

jest.setTimeout(60_000);

const strict: PolicyFile = policyFile.parse(
  parse(readFileSync(path.join(projectFolder, "examples/landing-zone.yaml"), "utf8")),
);
const network = "/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg-hub/providers/Microsoft.Network";
const workspace =
  "/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg-hub/providers/Microsoft.OperationalInsights/workspaces/log-hub";
const settings = {
  tags: JSON.stringify({ "cost-center": "4711", team: "platform" }),
  vault: JSON.stringify({
    authorization: "rbac",
    publicNetworkAccess: "disabled",
    privateEndpoint: {
      subnet: `${network}/virtualNetworks/vnet/subnets/snet-endpoints`,
      dnsZone: `${network}/privateDnsZones/privatelink.vaultcore.azure.net`,
    },
    diagnostics: { workspace },
    retentionDays: 7,
    purgeProtection: false,
  }),
  alarms: JSON.stringify({
    actionGroup:
      "/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg-hub/providers/Microsoft.Insights/actionGroups/on-call",
  }),
  names: JSON.stringify({
    resourceGroup: "rg-{landscape}-{environment}-weu-001",
    identity: "id-{service}-{environment}-weu-001",
    vault: "kv-{service}",
  }),
  registration: JSON.stringify({ serviceManagementReference: "svc-1", notes: "Ask the platform team." }),
  services: JSON.stringify({
    orders: { tags: { team: "orders" }, registration: { serviceManagementReference: "svc-2" } },
  }),
};

describe("a stack in a company's landing zone", () => {
  let azure: LocalAzure;
  let folder: string;
  beforeEach(async () => {
    folder = await shopProject();
    await writeLandscape(folder, "landscape", shop);
    azure = await startLocalAzure({ policies: strict, tenantSettings: { serviceManagementReferenceRequired: true } });
  });
  afterEach(async () => {
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  });
  // The program of this project would look for the shop among the landscapes that a team edits.
  const shops = () => ({ landscapeFile: path.join(folder, "landscape.yaml"), ...localConfig(azure) });
  const deploy = (config: Record<string, string>, by?: typeof program) =>
    new BuiltInStack({ azure, projectFolder: folder, stack: "dev" }, by).up({ config: { ...config, ...shops() } });

  it("with the right settings passes strict policies, and each declared call still works", async () => {
    const { outputs } = await deploy(settings, program);
    expect(differencesOf(await prove(azure, outputs))).toEqual([]);
    const { subscription, tenant, policies } = azure;
    const vaults = [...subscription.vaults.values()];
    expect(vaults).toHaveLength(6);
    for (const { name, tags, properties } of vaults) {
      const team = name.startsWith("kv-orders-") ? "orders" : "platform";
      expect([tags, properties.publicNetworkAccess]).toEqual([
        { "cost-center": "4711", team, "pulumi-stack": expect.any(String) },
        "disabled",
      ]);
    }
    expect([...subscription.groups.keys()]).toEqual(["rg-shop-dev-weu-001"]);
    const identities = [...subscription.identities.values()].map(({ name }) => name);
    expect([identities.length, identities.filter((name) => /^id-[a-z]+-dev-weu-001$/.test(name)).length]).toEqual([
      6, 6,
    ]);
    const countOf = (type: string) => [...subscription.stored.values()].filter((each) => each.type === type).length;
    expect(
      [
        "Microsoft.Network/privateEndpoints",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        "Microsoft.Insights/diagnosticSettings",
        "Microsoft.EventGrid/eventSubscriptions",
        "Microsoft.Insights/scheduledQueryRules",
      ].map(countOf),
    ).toEqual([6, 6, 6, 6, 1]);
    const references = [...tenant.applications.values()].flatMap(({ displayName, properties }) =>
      displayName.endsWith("-dev") ? [[displayName, properties.serviceManagementReference, properties.notes]] : [],
    );
    expect(references.sort()).toEqual([
      ["billing-dev", "svc-1", "Ask the platform team."],
      ["fulfillment-dev", "svc-1", "Ask the platform team."],
      ["ingest-dev", "svc-1", "Ask the platform team."],
      ["inventory-dev", "svc-1", "Ask the platform team."],
      ["orders-dev", "svc-2", "Ask the platform team."],
      ["reporting-dev", "svc-1", "Ask the platform team."],
    ]);
    expect(new Set(policies.audits.map(({ policy }) => policy))).toEqual(new Set(["vaults-cannot-be-purged"]));
  });

  it("adopts the endpoints, audit logs and alarms that an interrupted deployment created but did not record", async () => {
    const state = new StackState();
    const config = { ...settings, ...shops() };
    const options = { azure, projectFolder: folder, stack: "dev" };
    await new BuiltInStack(options, program, state).up({ config });
    const lost = /::(orders-(endpoint|endpoint-dns|diagnostics|expiry)|shop-daily-run)$/;
    for (const urn of [...state.resources.keys()]) if (lost.test(urn)) state.resources.delete(urn);
    const before = [...azure.subscription.stored.keys()].sort();
    const tenant = await localTenant(azure);
    // The offline evaluation reads the settings from the project's file.
    const written = Object.entries(settings).map(([key, value]) => [key, JSON.parse(value)]);
    await writeSettings(folder, "dev", {
      location: "westeurope",
      rotation: { since: "2026-11-01" },
      ...Object.fromEntries(written),
    });
    await converge(new BuiltInStack(options, undefined, state), {
      config,
      wanted: await evaluateOffline(folder, "dev"),
      tenant,
      pauseSeconds: 0,
      onNote: () => {},
    });
    await tenant.close();
    expect([...azure.subscription.stored.keys()].sort()).toEqual(before);
    expect([...state.resources.keys()].filter((urn) => lost.test(urn))).toHaveLength(5);
  });

  it("without these settings is refused by the same policies with Azure's message, and deploys without policies", async () => {
    await expect(deploy({})).rejects.toThrow(
      /RequestDisallowedByPolicy: Resource 'rg-shop-dev' was disallowed by policy\. Policy identifiers: '\[\{"policyAssignment":\{"name":"Require a cost center on resource groups"/,
    );
    azure.policies.set({ policies: [] });
    Object.assign(azure.tenant.settings, { serviceManagementReferenceRequired: false });
    expect(differencesOf(await prove(azure, (await deploy({}, program)).outputs))).toEqual([]);
  });
});
