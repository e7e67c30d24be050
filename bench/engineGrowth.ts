import { rm } from "node:fs/promises";
import type { Benchmark } from "./benchmark";
import { MeasuredStack, requireCli, seconds, withMeasuredStack, withSlowAzure } from "./engineStack";
import { type Row, ratioRow, valueRow } from "./measure";
import { type PeakMemory, peakMemoryOf } from "./processMemory";
import { landscapeOf } from "./programs";

const benchmark = "real engine, growth";
const groupsOf = 10;
const sizes = [10, 20, 50, 100, 200];

/**
 * The first deployment of landscapes of growing size, in one stack and split into stacks of ten services that are deployed in parallel. The services
 * call each other in groups of ten, nine calls each, so that both variants have the same calls. Each is measured once, because the largest takes most of an hour.
 */
export const engineGrowth: Benchmark = {
  titles: [benchmark],
  minutes: 60,
  needsMore: true,
  async measure({ services: largest = 100 }, progress) {
    requireCli();
    for (const services of sizes.filter((size) => size <= largest)) {
      const [whole, split] = rowsOf(services, exampleUp, services > groupsOf ? exampleUp : undefined);
      if (progress.has(1, ...[...(whole ?? []), ...(split ?? [])].map(({ what }) => what))) continue;
      const alone = await inOneStack(services);
      await progress.measured(...rowsOf(services, alone)[0]);
      if (services > groupsOf) await progress.measured(...rowsOf(services, alone, await sideBySide(services))[1]);
    }
  },
};

interface Up {
  readonly seconds: number;
  readonly memory: PeakMemory;
  readonly stateMegabytes: number;
}
/** Placeholder results, to get the names of the rows before anything is measured. */
const exampleUp: Up = { seconds: 1, memory: { engine: 1, program: 1 }, stateMegabytes: 1 };

const inOneStack = async (services: number): Promise<Up> => {
  const folder = await landscapeOf(services, { groupsOf });
  try {
    return await withMeasuredStack(folder, async (measured) => {
      let taken = 0;
      const memory = await peakMemoryOf(async () => {
        taken = await measured.provedUp();
      });
      return { seconds: taken, memory, stateMegabytes: (await measured.stack.stateBytes()) / 1e6 };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** The same services in stacks of ten, deployed in parallel onto the same Azure. */
const sideBySide = (services: number): Promise<Up> =>
  withSlowAzure(async (azure) => {
    const names = Array.from({ length: services / groupsOf }, (_, index) => `bench${index}`);
    const folders = await Promise.all(names.map((stack) => landscapeOf(groupsOf, { stack })));
    const stacks = await Promise.all(
      names.map((name, index) => MeasuredStack.in(azure, folders[index] as string, name)),
    );
    try {
      let deployed: Awaited<ReturnType<MeasuredStack["up"]>>[] = [];
      const up = await seconds(async () => {
        deployed = await Promise.all(stacks.map((stack) => stack.up()));
      });
      for (const [index, { outputs }] of deployed.entries()) await stacks[index]?.proved(outputs);
      const bytes = await Promise.all(stacks.map(({ stack }) => stack.stateBytes()));
      return { seconds: up, memory: exampleUp.memory, stateMegabytes: Math.max(...bytes) / 1e6 };
    } finally {
      await Promise.all(stacks.map(({ stack }) => stack.dispose()));
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    }
  });

/** The rows of the landscape in one stack, and of the same landscape in several. */
function rowsOf(services: number, whole: Up, split?: Up): [Row[], Row[]] {
  const row = (what: string, unit: Row["unit"], value: number) => valueRow({ benchmark, what, unit, ours: [value] });
  const alone = [
    row(`first deployment of ${services} services with nine calls in one stack`, "s", whole.seconds),
    row(`size of the state, ${services} services`, "MB", whole.stateMegabytes),
    row(`memory of the engine, ${services} services`, "MB", whole.memory.engine),
    row(`memory of the program, ${services} services`, "MB", whole.memory.program),
  ];
  if (split === undefined) return [alone, []];
  const what = `first deployment of ${services} services in ${services / groupsOf} stacks at the same time, compared with one stack`;
  return [alone, [ratioRow({ benchmark, what, unit: "s", ours: [split.seconds], other: [whole.seconds] })]];
}
