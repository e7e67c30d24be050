import { StackState } from "@microservice-identities/engine/deployment/stackState";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import {
  declared,
  deploySmallLandscape,
  destroyEverything,
  inventoryOf,
  nothing,
  secretsWork,
} from "@microservice-identities/test-support/smallLandscape";
import type { FaultKind } from "../faults";

jest.setTimeout(120_000);

const impatient = { attempts: 1, pause: 1 };
const patient = { attempts: 6, pause: 1 };

describe("a deployment on a bad day", () => {
  let azure: TestAzure;
  beforeAll(async () => {
    // The same deployer deploys and destroys more often than the quota of one principal lets it.
    azure = await startTestAzure({ tenantSettings: { objectsPerCreator: Number.POSITIVE_INFINITY } });
  });
  afterAll(() => azure.close());
  afterEach(() => azure.azure.faults.clear());

  const emptied = async (state: StackState) => {
    azure.azure.faults.clear();
    await destroyEverything(azure, state);
    azure.azure.subscription.deletedVaults.clear();
    expect(inventoryOf(azure)).toEqual(nothing);
  };

  it("leaves exactly the declared objects on a good one, and nothing when it is destroyed", async () => {
    const state = new StackState();
    await deploySmallLandscape(azure, state);
    expect(inventoryOf(azure)).toEqual(declared);
    expect(await secretsWork(azure)).toBe(true);
    await emptied(state);
  });

  it.each<[FaultKind, number]>([
    ["throttled", 0.3],
    ["internalError", 0.2],
    ["unavailable", 0.3],
    ["dropped", 0.2],
    ["answerLost", 0.2],
  ])("comes through when requests are %s with a probability of %d", async (kind, probability) => {
    const state = new StackState();
    azure.azure.faults.set({ seed: 7, faults: [{ kind, probability, seconds: 0 }] });
    const before = azure.azure.faults.events.length;
    await deploySmallLandscape(azure, state, patient);
    expect(azure.azure.faults.events.length).toBeGreaterThan(before);
    expect(inventoryOf(azure)).toEqual(declared);
    azure.azure.faults.clear();
    expect(await secretsWork(azure)).toBe(true);
    await emptied(state);
  });

  it("waits until what it created can be seen", async () => {
    const state = new StackState();
    azure.azure.faults.set({ replicationSeconds: 0.3 });
    await deploySmallLandscape(azure, state, patient);
    expect(azure.azure.faults.events.filter(({ kind }) => kind === "notReplicated").length).toBeGreaterThan(0);
    expect(inventoryOf(azure)).toEqual(declared);
    await emptied(state);
  });

  it("asks for new tokens when they live for two seconds", async () => {
    const state = new StackState();
    azure.azure.faults.set({ tokenLifetimeSeconds: 2, faults: [{ kind: "slow", endpoint: "graph", seconds: 0.1 }] });
    await deploySmallLandscape(azure, state, patient);
    expect(inventoryOf(azure)).toEqual(declared);
    await emptied(state);
  });

  it("names the resource's request and the cause when it cannot go on", async () => {
    azure.azure.faults.set({ faults: [{ kind: "unavailable", endpoint: "resourceManager" }] });
    const { authority, subscriptionId } = azure.azure;
    await expect(deploySmallLandscape(azure, new StackState(), impatient)).rejects.toThrow(
      new Error(
        `PUT ${authority}/subscriptions/${subscriptionId}/resourceGroups/rg-small?api-version=2024-03-01: 503 ServiceUnavailable: The service is temporarily unavailable.`,
      ),
    );
  });

  it("is finished by running it again, wherever it was killed: nothing is there twice, and no second secret", async () => {
    const killedAt: number[] = [];
    for (let at = 1; ; at++) {
      const state = new StackState();
      // The request is carried out, but nobody is there any more to hear of it.
      azure.azure.faults.set({
        faults: [
          { kind: "answerLost", from: at, times: 1 },
          { kind: "dropped", from: at },
        ],
      });
      const killed = await deploySmallLandscape(azure, state, impatient).then(
        () => false,
        () => true,
      );
      azure.azure.faults.clear();
      if (killed) killedAt.push(at);
      await deploySmallLandscape(azure, state);
      expect([at, inventoryOf(azure)]).toEqual([at, declared]);
      expect(await secretsWork(azure)).toBe(true);
      await emptied(state);
      if (!killed) break;
    }
    // Every request of the deployment: it has 32.
    expect(killedAt).toEqual(Array.from({ length: 32 }, (_, index) => index + 1));
  });

  it("leaves nothing behind when it was killed and nobody wants it any more", async () => {
    for (let at = 1; at <= 32; at += 3) {
      const state = new StackState();
      azure.azure.faults.set({
        faults: [
          { kind: "answerLost", from: at, times: 1 },
          { kind: "dropped", from: at },
        ],
      });
      await deploySmallLandscape(azure, state, impatient).catch(() => undefined);
      await emptied(state);
    }
  });
});

describe("a plan of faults", () => {
  const statuses = async (azure: TestAzure) => {
    const token = await azure.deployerToken("graph");
    const seen: number[] = [];
    for (let index = 0; index < 20; index++)
      seen.push((await azure.graph("GET", "/v1.0/applications", undefined, token)).status);
    return seen;
  };

  it("does the same to the same requests for one seed, and something else for another", async () => {
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

  it("touches only the endpoint that it names, and says how long to wait", async () => {
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

  it("can be impossible, and then says where", async () => {
    await expect(startTestAzure({ faults: { faults: [{ kind: "lost" as never, probability: 2 }] } })).rejects.toThrow(
      /faults.*kind/s,
    );
  });
});
