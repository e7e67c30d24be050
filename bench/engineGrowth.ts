import { rm } from "node:fs/promises";
import type { Benchmark } from "./benchmark";
import { MeasuredStack, requireCli, withMeasuredStack, withSlowAzure } from "./engineStack";
import { type Row, ratioRow, seconds, valueRow } from "./measure";
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
  minutes: 25,
  needsMore: true,
  async measure({ services: largest = 100 }, progress) {
    requireCli();
    for (const services of sizes.filter((size) => size <= largest)) {
      const whole = wholeRows(services, exampleUp).map(({ what }) => what);
      if (!progress.has(1, ...whole)) await progress.measured(...wholeRows(services, await inOneStack(services)));
      if (services === groupsOf || progress.has(1, splitRow(services, 1, 1).what)) continue;
      const alone = progress.result(whole[0] as string) as number;
      await progress.measured(splitRow(services, await sideBySide(services), alone));
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

/** Seconds for the same services in stacks of ten, deployed in parallel onto the same Azure. */
const sideBySide = (services: number): Promise<number> =>
  withSlowAzure(async (azure) => {
    const names = Array.from({ length: services / groupsOf }, (_, index) => `bench${index}`);
    const folders = await Promise.all(names.map((stack) => landscapeOf(groupsOf, { stack })));
    const stacks = await Promise.all(
      names.map((name, index) => MeasuredStack.in(azure, folders[index] as string, name)),
    );
    try {
      let deployed: Awaited<ReturnType<MeasuredStack["up"]>>[] = [];
      const taken = await seconds(async () => {
        deployed = await Promise.all(stacks.map((stack) => stack.up()));
      });
      for (const [index, { outputs }] of deployed.entries()) await stacks[index]?.proved(outputs);
      return taken;
    } finally {
      await Promise.all(stacks.map(({ stack }) => stack.dispose()));
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    }
  });

function wholeRows(services: number, { seconds: taken, memory, stateMegabytes }: Up): Row[] {
  const row = (what: string, unit: Row["unit"], value: number) => valueRow({ benchmark, what, unit, ours: [value] });
  return [
    row(`first deployment of ${services} services with nine calls in one stack`, "s", taken),
    row(`size of the state, ${services} services`, "MB", stateMegabytes),
    row(`memory of the engine, ${services} services`, "MB", memory.engine),
    row(`memory of the program, ${services} services`, "MB", memory.program),
  ];
}

function splitRow(services: number, split: number, whole: number): Row {
  const what = `first deployment of ${services} services in ${services / groupsOf} stacks at the same time, compared with one stack`;
  return ratioRow({ benchmark, what, unit: "s", ours: [split], other: [whole] });
}
