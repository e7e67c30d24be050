import { rm } from "node:fs/promises";
import { Backend } from "@microservice-identities/engine/deployment/backend";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { upAll } from "@microservice-identities/engine/deployment/upAll";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { review } from "@microservice-identities/review/review";
import { projectWith, writeLandscape } from "@microservice-identities/test-support/project";
import { prove } from "@microservice-identities/test-support/proof";

jest.setTimeout(240_000);

/** Four landscapes with ten services each. Each landscape calls the next one, and the last calls the first. */
const names = ["shop", "finance", "logistics", "people"];
const servicesEach = 10;
const microsoftGraph = "00000003-0000-0000-c000-000000000000";

interface Service {
  description: string;
  appRoles: Record<string, { description: string }>;
  calls: Record<string, { roles: string[]; because: string }>;
  allowedCallers?: Record<string, string[]>;
}

/** Each service calls the next one of its landscape. Service 0 also calls service 1 of the next landscape. */
function landscape(name: string): { services: Record<string, Service>; apis: object } {
  const at = names.indexOf(name);
  const next = names[(at + 1) % names.length];
  const before = names[(at + names.length - 1) % names.length];
  const because = "The test says so.";
  const services = Array.from({ length: servicesEach }, (_, index): [string, Service] => [
    `${name}-${index}`,
    {
      description: `Number ${index} of ${name}.`,
      appRoles: { "Data.Read": { description: "Read." }, "Data.Write": { description: "Write." } },
      calls: {
        [`${name}-${(index + 1) % servicesEach}`]: { roles: ["Data.Read"], because },
        ...(index === 0 ? { [`${next}/${next}-1`]: { roles: ["Data.Write"], because } } : {}),
        ...(index === 2 && name === "people" ? { graph: { roles: ["Directory.Read.All"], because } } : {}),
      },
      ...(index === 1 ? { allowedCallers: { [`${before}/${before}-0`]: ["Data.Write"] } } : {}),
    },
  ]);
  return {
    services: Object.fromEntries(services),
    apis: { graph: { clientId: microsoftGraph, appRoles: ["Directory.Read.All"] } },
  };
}

describe("a company of forty services in four stacks", () => {
  let folder: string;
  let azure: LocalAzure;
  let backend: Backend;
  const deployerOf = (name: string) =>
    new BuiltInStack({ azure, projectFolder: folder, stack: `${name}-dev`, backend });
  const up = (deployer: BuiltInStack) => deployer.up({ config: { authority: azure.authority } });
  let deployers: BuiltInStack[];

  beforeAll(async () => {
    folder = await projectWith(
      Object.fromEntries(
        names.map((name, at) => [
          `${name}-dev`,
          {
            location: "westeurope",
            rotation: { since: "2026-11-01" },
            vault: { retentionDays: 7, purgeProtection: false },
            credential: name === "shop" ? "secret" : "federated",
            landscape: name,
            landscapeFile: `${name}.yaml`,
            stackReferences: { [names[(at + 1) % names.length] as string]: `${names[(at + 1) % names.length]}-dev` },
          },
        ]),
      ),
    );
    for (const name of names) await writeLandscape(folder, name, landscape(name));
    azure = await startLocalAzure();
    backend = await Backend.create();
    deployers = names.map(deployerOf);
  });
  afterAll(async () => {
    await azure.close();
    await backend.dispose();
    await rm(folder, { recursive: true });
  });

  it("deploys stack by stack, and the proof covers all calls between the stacks", async () => {
    const config = { authority: azure.authority };
    const results = await upAll(deployers, { config });
    expect(results.map(({ outputs }) => outputs.pendingCalls)).toEqual([[], [], [], []]);

    const report = await prove(
      azure,
      results.map(({ outputs }) => outputs),
    );
    expect(differencesOf(report)).toEqual([]);
    expect(report.services).toHaveLength(40);
    const declared = report.calls.filter((call) => call.declared.length > 0);
    expect([report.calls.length, declared.length]).toEqual([40 * 39 + 1, 40 + 4 + 1]);
    expect(
      declared
        .filter(({ caller, api }) => caller.split("/")[0] !== api.split("/")[0])
        .map(({ caller, api, got }) => `${caller} → ${api}: ${got}`)
        .sort(),
    ).toEqual([
      "finance/finance-0 → logistics/logistics-1: Data.Write",
      "logistics/logistics-0 → people/people-1: Data.Write",
      "people/people-0 → shop/shop-1: Data.Write",
      "people/people-2 → graph: Directory.Read.All",
      "shop/shop-0 → finance/finance-1: Data.Write",
    ]);
  });

  it("is reviewed as a whole, offline, from one of its stacks", async () => {
    const { model, findings } = review(await evaluateOffline(folder, "shop-dev"), { today: "2026-11-25" });
    expect(model.services).toHaveLength(40);
    expect(model.grants.filter(({ caller, api }) => caller.split("-")[0] !== api.split("-")[0])).toEqual([
      {
        caller: "finance-0-finance-dev",
        api: "logistics-1-logistics-dev",
        role: "Data.Write",
        because: "The test says so.",
      },
      {
        caller: "logistics-0-logistics-dev",
        api: "people-1-people-dev",
        role: "Data.Write",
        because: "The test says so.",
      },
      { caller: "people-0-people-dev", api: "shop-1-shop-dev", role: "Data.Write", because: "The test says so." },
      {
        caller: "people-2-people-dev",
        api: "Microsoft Graph",
        role: "Directory.Read.All",
        because: "The test says so.",
      },
      { caller: "shop-0-shop-dev", api: "finance-1-finance-dev", role: "Data.Write", because: "The test says so." },
    ]);
    expect([...new Set(findings.map(({ rule }) => rule))].sort()).toEqual([
      "avoidable-secret",
      "privileged-graph",
      "retired-api-version",
      "unused-role",
    ]);
  });

  it("loses exactly the grant of a call that the callee no longer allows, and the rest still deploys", async () => {
    const finance = landscape("finance");
    const { "finance-1": ledger } = finance.services;
    delete ledger?.allowedCallers;
    await writeLandscape(folder, "finance", finance);
    const [shop, changed] = deployers as [BuiltInStack, BuiltInStack];
    await up(changed);
    const nameOf = (id: string) => azure.tenant.servicePrincipals.get(id)?.displayName;
    const grants = () =>
      [...azure.tenant.servicePrincipals.keys()]
        .flatMap((id) => azure.tenant.assignmentsOf(id))
        .map(({ principalId, resourceId }) => `${nameOf(principalId)} → ${nameOf(resourceId)}`);
    const before = grants();
    // The deployment must not fail: the rotation of the shop's secrets must not wait until two teams agree.
    const { operations, outputs } = await up(shop);
    // The two deletions are the API access of the call and its app role assignment.
    expect(operations).toMatchObject({ create: 0, update: 0, replace: 0, delete: 2 });
    expect(outputs.withdrawnCalls).toEqual(["shop-0 → finance/finance-1"]);
    expect(grants()).toEqual(before.filter((grant) => grant !== "shop-0-shop-dev → finance-1-finance-dev"));
    const again = await up(shop);
    expect([again.operations, again.outputs.withdrawnCalls]).toEqual([
      expect.objectContaining({ create: 0, update: 0, replace: 0, delete: 0 }),
      outputs.withdrawnCalls,
    ]);
  });
});
