import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import {
  declared,
  inventoryOf,
  nothing,
  SmallProject,
  type SmallStack,
  secretsWork,
} from "@microservice-identities/test-support/smallLandscape";
import type { FaultKind } from "../faults";

jest.setTimeout(240_000);

const impatient = { attempts: 1, pause: 1 };
const patient = { attempts: 6, pause: 1 };

describe("a deployment with faults", () => {
  let azure: TestAzure;
  let project: SmallProject;
  beforeAll(async () => {
    project = await SmallProject.create();
    // The deployer creates and deletes more objects than the quota of one principal allows.
    azure = await startTestAzure({ tenantSettings: { objectsPerCreator: Number.POSITIVE_INFINITY } });
  });
  afterAll(async () => {
    await azure.close();
    await project.remove();
  });
  afterEach(() => azure.azure.faults.clear());

  const emptied = async (stack: SmallStack) => {
    azure.azure.faults.clear();
    await stack.destroy();
    azure.azure.subscription.deletedVaults.clear();
    expect(inventoryOf(azure)).toEqual(nothing);
  };

  it("without faults creates exactly the declared objects, and leaves nothing when it is destroyed", async () => {
    const stack = project.on(azure);
    await stack.up();
    expect(inventoryOf(azure)).toEqual(declared);
    expect(await secretsWork(azure)).toBe(true);
    await emptied(stack);
  });

  it.each<[FaultKind, number]>([
    ["throttled", 0.3],
    ["internalError", 0.2],
    ["unavailable", 0.3],
    ["dropped", 0.1],
    ["answerLost", 0.1],
  ])(
    "creates exactly the declared objects although requests have the fault %s with a probability of %d",
    async (kind, probability) => {
      const stack = project.on(azure, patient);
      azure.azure.faults.set({ seed: 7, faults: [{ kind, probability, seconds: 0 }] });
      const before = azure.azure.faults.events.length;
      await stack.converge().catch(() => undefined);
      expect(azure.azure.faults.events.length).toBeGreaterThan(before);
      azure.azure.faults.clear();
      await stack.converge();
      expect(inventoryOf(azure)).toEqual(declared);
      expect(await secretsWork(azure)).toBe(true);
      await emptied(stack);
    },
  );

  it("creates exactly the declared objects although Entra shows new objects and changes late", async () => {
    const stack = project.on(azure, patient);
    azure.azure.faults.set({ replicationSeconds: 0.3, staleReadSeconds: 0.2 });
    await stack.converge();
    const kinds = new Set(azure.azure.faults.events.map(({ kind }) => kind));
    expect(kinds.has("notReplicated") && kinds.has("staleRead")).toBe(true);
    azure.azure.faults.clear();
    expect(inventoryOf(azure)).toEqual(declared);
    expect(await secretsWork(azure)).toBe(true);
    await emptied(stack);
  });

  it("requests new tokens if tokens are valid for only two seconds", async () => {
    const stack = project.on(azure, patient);
    azure.azure.faults.set({ tokenLifetimeSeconds: 2, faults: [{ kind: "slow", endpoint: "graph", seconds: 0.1 }] });
    await stack.up();
    expect(inventoryOf(azure)).toEqual(declared);
    await emptied(stack);
  });

  it("fails with the resource, the request and the cause if it cannot continue", async () => {
    azure.azure.faults.set({ faults: [{ kind: "unavailable", endpoint: "resourceManager" }] });
    const { authority, subscriptionId } = azure.azure;
    await expect(project.on(azure, impatient).up()).rejects.toThrow(
      `shop-group (azure-native:resources:ResourceGroup): GET ${authority}/subscriptions/${subscriptionId}/resourceGroups/rg-shop-dev?api-version=2024-03-01: unexpected status 503 with error: ServiceUnavailable: The service is temporarily unavailable.`,
    );
    azure.azure.faults.clear();
    await emptied(project.on(azure));
  });

  it("is completed by npm run up after it was killed at any point, without duplicate objects or secrets", async () => {
    // Only `npm run test:faults -- --kill` kills at each request.
    for (let at = 1; ; at += 25) {
      const stack = project.on(azure, impatient);
      // The server executes this request, but the sender does not get the answer.
      azure.azure.faults.set({
        faults: [
          { kind: "answerLost", from: at, times: 1 },
          { kind: "dropped", from: at },
        ],
      });
      const killed = await stack.up().then(
        () => false,
        () => true,
      );
      azure.azure.faults.clear();
      await project.on(azure, undefined, stack.state).converge();
      expect([at, inventoryOf(azure)]).toEqual([at, declared]);
      expect(await secretsWork(azure)).toBe(true);
      await emptied(stack);
      if (!killed) break;
    }
  });
});

describe("a fault plan", () => {
  const statuses = async (azure: TestAzure) => {
    const token = await azure.deployerToken("graph");
    const seen: number[] = [];
    for (let index = 0; index < 20; index++)
      seen.push((await azure.graph("GET", "/v1.0/applications", undefined, token)).status);
    return seen;
  };

  it("has the same effect on the same requests with the same seed, and another effect with another seed", async () => {
    const runs = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const azure = await startTestAzure();
        azure.azure.faults.set({ seed, faults: [{ kind: "unavailable", endpoint: "graph", probability: 0.5 }] });
        const seen = await statuses(azure);
        await azure.close();
        return seen;
      }),
    );
    expect(runs[0]).toContain(503);
    expect(runs[0]).toContain(200);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });

  it("affects only the named endpoint, and sets Retry-After", async () => {
    const azure = await startTestAzure({
      faults: { faults: [{ kind: "throttled", endpoint: "resourceManager", seconds: 7, times: 1 }] },
    });
    expect((await azure.graph("GET", "/v1.0/applications")).status).toBe(200);
    const path = "/resourceGroups/rg";
    const refused = await azure.arm("PUT", path, "2024-03-01", { location: "westeurope" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await azure.arm("PUT", path, "2024-03-01", { location: "westeurope" })).status).toBe(201);
    expect(azure.azure.faults.events).toEqual([
      {
        endpoint: "resourceManager",
        method: "PUT",
        path: `/subscriptions/${azure.azure.subscriptionId}${path}`,
        kind: "throttled",
      },
    ]);
    await azure.close();
  });

  it("is refused with the place if it is wrong", async () => {
    await expect(startTestAzure({ faults: { faults: [{ kind: "lost" as never, probability: 2 }] } })).rejects.toThrow(
      /faults.*kind/s,
    );
  });
});
