import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { differencesOf } from "@microservice-identities/proof/report";
import { prove } from "@microservice-identities/test-support/proof";
import { projectFolder } from "../cli/projectFolder";
import { limitRow, type Row, ratioRow } from "./measure";
import { landscapeOf, naiveLandscapeOf } from "./programs";

const benchmark = "real engine";
const services = 20;
/** What Graph takes for an answer, about. */
const latencySeconds = 0.03;

/**
 * The life of a stack under the Pulumi CLI and the providers on PATH: as the components deploy it, and as a program does that
 * follows the registry's examples (`bench/naive`). Both are proved, so that neither can do less than the other.
 *
 * @throws Error if there is no CLI, or if the proof of one of them finds a difference
 */
export async function engine(runs: number): Promise<Row[]> {
  if (!findPulumiCli())
    throw new Error(
      "engine: there is no pulumi CLI on PATH; install it with the azuread, azure-native and random plugins",
    );
  await promisify(execFile)(path.join(projectFolder, "node_modules", ".bin", "tsc"), ["-p", "bench/naive"], {
    cwd: projectFolder,
  });
  const [oursFolder, naiveFolder] = await Promise.all([landscapeOf(services), naiveLandscapeOf(services)]);
  const ours: Life[] = [];
  const naive: Life[] = [];
  try {
    if ((await programIn(oursFolder)) === (await programIn(naiveFolder)))
      throw new Error("engine: both sides run the same program");
    for (let run = 0; run < runs; run++) {
      ours.push(await life(oursFolder));
      naive.push(await life(naiveFolder));
    }
  } finally {
    await Promise.all([oursFolder, naiveFolder].map((folder) => rm(folder, { recursive: true })));
  }
  const each = (lives: readonly Life[], key: keyof Life) => lives.map((one) => one[key]);
  const both = (key: keyof Life) => ({ ours: each(ours, key), other: each(naive, key) });
  const calls = services * 10;
  return [
    ratioRow({
      benchmark,
      what: `up of ${services} services with ten calls, by naive`,
      unit: "s",
      ...both("up"),
      atMost: 0.4,
      bound: stateBound,
    }),
    limitRow({ benchmark, what: "up of them", unit: "s", ours: each(ours, "up"), atMost: 45, bound: stateBound }),
    limitRow({
      benchmark,
      what: "a day on which nothing changes, with refresh",
      unit: "s",
      ours: each(ours, "quietDay"),
      atMost: 10,
    }),
    ratioRow({ benchmark, what: "the same, by naive", unit: "s", ...both("quietDay") }),
    ratioRow({ benchmark, what: "destroy, by naive", unit: "s", ...both("destroy"), atMost: 0.3, bound: stateBound }),
    limitRow({
      benchmark,
      what: "the state of them",
      unit: "MB",
      ours: each(ours, "stateMegabytes"),
      atMost: 1,
      bound: sizeBound,
    }),
    ratioRow({ benchmark, what: "the same, by naive", unit: "MB", ...both("stateMegabytes") }),
    ratioRow({ benchmark, what: "resources of providers, by naive", unit: "resources", ...both("resources") }),
    ratioRow({
      benchmark,
      what: "Graph requests a call of up, by naive",
      unit: "requests",
      ours: each(ours, "requests").map((all) => all / calls),
      other: each(naive, "requests").map((all) => all / calls),
    }),
  ];
}

/** Most of what a deployment takes is the state: see docs/performance.md. */
const stateBound =
  "the engine writes the whole state for each step, two for each resource, so the time grows with the square of the stack";
const sizeBound =
  "two resources and a component for each call, of 10 KB together: a third of it is URNs of what an input comes from, a seventh where in the program a resource is made";

/** The file that the project runs. */
const programIn = async (folder: string): Promise<string> => {
  const [, main = ""] = /^main: (\S+)$/m.exec(await readFile(path.join(folder, "Pulumi.yaml"), "utf8")) ?? [];
  return readFile(path.join(folder, main), "utf8");
};

/** Seconds, but for what says otherwise. */
interface Life {
  readonly up: number;
  readonly quietDay: number;
  readonly destroy: number;
  readonly stateMegabytes: number;
  readonly resources: number;
  /** Of Graph, in `up`. */
  readonly requests: number;
}

async function life(projectFolder: string): Promise<Life> {
  const azure = await startLocalAzure();
  const stack = await PulumiCliStack.create({ azure, projectFolder, stack: "bench" });
  try {
    const slow = () => azure.faults.set({ faults: [{ kind: "slow", seconds: latencySeconds, endpoint: "graph" }] });
    const config = { authority: azure.authority };
    const timed = async (work: () => Promise<unknown>) => {
      const begun = performance.now();
      await work();
      return (performance.now() - begun) / 1000;
    };
    slow();
    const begun = performance.now();
    const { outputs, resources } = await stack.up({ config });
    const up = (performance.now() - begun) / 1000;
    const requests = azure.faults.events.length;
    azure.faults.clear();
    const differences = differencesOf(await prove(azure, outputs));
    if (differences.length > 0) throw new Error(`engine: ${differences.length} differences: ${differences[0]}`);
    slow();
    const quietDay = await timed(() => stack.up({ config, refresh: true }));
    return {
      up,
      quietDay,
      requests,
      stateMegabytes: (await stack.stateBytes()) / 1e6,
      resources: Object.values(resources).reduce((sum, count) => sum + count, 0),
      destroy: await timed(() => stack.destroy()),
    };
  } finally {
    await stack.dispose();
    await azure.close();
  }
}
