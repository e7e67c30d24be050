import { rm } from "node:fs/promises";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { limitRow, type Row, ratioRow } from "./measure";
import { landscapeOf } from "./programs";

const benchmark = "real engine";
const services = 20;
/** What Graph takes for an answer, about. */
const latencySeconds = 0.03;

/**
 * `up` and `destroy` under the Pulumi CLI and the providers on PATH, as the components order it, and without: it is the
 * azuread provider's locks, and the deletions that it makes one by one, that the order is for.
 *
 * @throws Error when there is no CLI
 */
export async function engine(runs: number): Promise<Row[]> {
  if (!findPulumiCli())
    throw new Error(
      "engine: there is no pulumi CLI on PATH; install it with the azuread, azure-native and random plugins",
    );
  const [ordered, unordered] = await Promise.all([landscapeOf(services), landscapeOf(services, "secret", "unordered")]);
  const times = { up: [[], []], destroy: [[], []] } as Record<"up" | "destroy", [number[], number[]]>;
  const requests: number[] = [];
  try {
    for (let run = 0; run < runs; run++)
      for (const [at, projectFolder] of [ordered, unordered].entries()) {
        const measured = await life(projectFolder);
        times.up[at]?.push(measured.up);
        times.destroy[at]?.push(measured.destroy);
        if (at === 0) requests.push(measured.requests / services);
      }
  } finally {
    await Promise.all([ordered, unordered].map((folder) => rm(folder, { recursive: true })));
  }
  const [up, destroy] = [times.up, times.destroy];
  return [
    ratioRow({
      benchmark,
      what: `up of ${services} services, by without the order`,
      unit: "s",
      ours: up[0],
      other: up[1],
      atMost: 0.6,
    }),
    ratioRow({
      benchmark,
      what: `destroy of them, by without deletedWith`,
      unit: "s",
      ours: destroy[0],
      other: destroy[1],
      atMost: 0.15,
    }),
    limitRow({ benchmark, what: "Graph requests a service of up", unit: "requests", ours: requests, atMost: 32 }),
  ];
}

async function life(projectFolder: string): Promise<{ up: number; destroy: number; requests: number }> {
  const azure = await startLocalAzure();
  const stack = await PulumiCliStack.create({ azure, projectFolder, stack: "bench" });
  try {
    azure.faults.set({ faults: [{ kind: "slow", seconds: latencySeconds, endpoint: "graph" }] });
    const config = { authority: azure.authority };
    const timed = async (work: () => Promise<unknown>) => {
      const begun = performance.now();
      await work();
      return (performance.now() - begun) / 1000;
    };
    const up = await timed(() => stack.up({ config }));
    const requests = azure.faults.events.length;
    return { up, requests, destroy: await timed(() => stack.destroy()) };
  } finally {
    await stack.dispose();
    await azure.close();
  }
}
