import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { projectFolder } from "../cli/projectFolder";
import { defaultRotation, nextRotation, type RotationPolicy } from "../components/rotation";
import type { Benchmark } from "./benchmark";
import { type CliEnvironment, cliDefaults, requireCli, seconds, withMeasuredStack } from "./engineStack";
import { limitRow, type Row, ratioRow } from "./measure";
import { landscapeOf, naiveLandscapeOf, rotationSince } from "./programs";

const benchmark = "real engine";
const byNaive = "compared with the naive program";

/**
 * The life of a stack under the Pulumi CLI and the providers on the PATH: once with the components, and once with a program that
 * follows the registry's examples (`bench/naive`). Both deployments are proved, so that neither can do less than the other.
 * The components are deployed with the settings of the pipelines, the naive program with the CLI's defaults, and once more with
 * the settings of the pipelines.
 */
export const engine: Benchmark = {
  titles: [benchmark],
  minutes: 25,
  needsMore: true,
  async measure({ runs, services = 20 }, progress) {
    requireCli();
    const rounds = Math.min(runs, 3);
    if (progress.has(rounds, ...rowsOf(services, [exampleLife], [exampleLife], [1]).map(({ what }) => what))) return;
    await promisify(execFile)(path.join(projectFolder, "node_modules", ".bin", "tsc"), ["-p", "bench/naive"], {
      cwd: projectFolder,
    });
    const [oursFolder, naiveFolder] = await Promise.all([landscapeOf(services), naiveLandscapeOf(services)]);
    const ours: Life[] = [];
    const naive: Life[] = [];
    const naiveInPipelines: number[] = [];
    try {
      if ((await programIn(oursFolder)) === (await programIn(naiveFolder)))
        throw new Error("engine: both sides run the same program");
      for (let run = 0; run < rounds; run++) {
        ours.push(await life(oursFolder, dayOfOneRotation(services)));
        naive.push(await life(naiveFolder, undefined, cliDefaults));
        naiveInPipelines.push(await withMeasuredStack(naiveFolder, (measured) => measured.provedUp()));
        await progress.measured(...rowsOf(services, ours, naive, naiveInPipelines));
      }
    } finally {
      await Promise.all([oursFolder, naiveFolder].map((folder) => rm(folder, { recursive: true })));
    }
  },
};

/** The program's main file. */
const programIn = async (folder: string): Promise<string> => {
  const [, main = ""] = /^main: (\S+)$/m.exec(await readFile(path.join(folder, "Pulumi.yaml"), "utf8")) ?? [];
  return readFile(path.join(folder, main), "utf8");
};

/** In seconds, unless a property says otherwise. */
interface Life {
  readonly up: number;
  readonly quietDay: number;
  /** `pulumi up --refresh` when nothing changed. */
  readonly refreshed: number;
  /** 0 for a program without rotation. */
  readonly rotation: number;
  readonly destroy: number;
  readonly stateMegabytes: number;
  /** Of the file with the state, which is compressed in the pipelines. */
  readonly fileMegabytes: number;
  readonly resources: number;
  /** Requests to Microsoft Graph during `up`. */
  readonly requests: number;
}

/** Placeholder results, to get the names of the rows before anything is measured. */
const exampleLife: Life = {
  up: 1,
  quietDay: 1,
  refreshed: 1,
  rotation: 1,
  destroy: 1,
  stateMegabytes: 1,
  fileMegabytes: 1,
  resources: 1,
  requests: 1,
};

/**
 * @param rotation the day of a rotation. Default: the program has no rotation
 * @param environment of the CLI. Default: as in the pipelines
 */
async function life(folder: string, rotation?: string, environment?: CliEnvironment): Promise<Life> {
  return withMeasuredStack(
    folder,
    async (measured) => {
      const begun = performance.now();
      const { outputs, resources } = await measured.up();
      const up = (performance.now() - begun) / 1000;
      const requests = measured.azure.faults.events.length;
      await measured.proved(outputs);
      return {
        up,
        requests,
        stateMegabytes: (await measured.stack.stateBytes()) / 1e6,
        fileMegabytes: await measured.stateFile(environment === undefined),
        resources: Object.values(resources).reduce((sum, count) => sum + count, 0),
        quietDay: await seconds(() => measured.quietDay()),
        refreshed: await seconds(() => measured.refreshedUp()),
        rotation: rotation === undefined ? 0 : await seconds(() => measured.rotated(rotation)),
        destroy: await seconds(() => measured.stack.destroy()),
      };
    },
    environment,
  );
}

/** The next day on which exactly one service gets a new secret. */
function dayOfOneRotation(services: number): string {
  const policy: RotationPolicy = { since: rotationSince, ...defaultRotation };
  const days = Array.from({ length: services }, (_, index) => nextRotation(new Date(), policy, `s${index}`)).sort();
  const [first, second] = days;
  if (first === undefined || first === second) throw new Error(`engine: two services rotate on ${first}`);
  return first;
}

function rowsOf(
  services: number,
  ours: readonly Life[],
  naive: readonly Life[],
  naiveInPipelines: readonly number[],
): Row[] {
  const each = (lives: readonly Life[], key: keyof Life) => lives.map((one) => one[key]);
  const both = (key: keyof Life) => ({ ours: each(ours, key), other: each(naive, key) });
  const calls = services * Math.min(10, services - 1);
  return [
    ratioRow({
      benchmark,
      what: `first deployment of ${services} services with ten calls, ${byNaive}`,
      unit: "s",
      ...both("up"),
      atMost: 0.4,
      bound: stateBound,
    }),
    ratioRow({
      benchmark,
      what: `first deployment, ${byNaive} with the settings of the pipelines`,
      unit: "s",
      ours: each(ours, "up"),
      other: naiveInPipelines,
    }),
    limitRow({
      benchmark,
      what: "first deployment, against the limit",
      unit: "s",
      ours: each(ours, "up"),
      atMost: 45,
      bound: stateBound,
    }),
    limitRow({
      benchmark,
      what: "a day on which nothing changes, as the daily pipeline does it",
      unit: "s",
      ours: each(ours, "quietDay"),
      atMost: 10,
      bound:
        "two commands that use both processors: one starts the program and compares each resource, the other reads each API access and each assignment with a request of its own",
    }),
    ratioRow({ benchmark, what: `a day on which nothing changes, ${byNaive}`, unit: "s", ...both("quietDay") }),
    ratioRow({
      benchmark,
      what: `a day on which nothing changes, with pulumi up --refresh, ${byNaive}`,
      unit: "s",
      ...both("refreshed"),
    }),
    limitRow({
      benchmark,
      what: "a deployment that rotates the secret of one service",
      unit: "s",
      ours: each(ours, "rotation"),
      atMost: 15,
      bound:
        "the time goes into ten sign-ins in a row with the new secret, the start of the program, and the comparison of each resource",
    }),
    ratioRow({ benchmark, what: `destroy, ${byNaive}`, unit: "s", ...both("destroy"), atMost: 0.3, bound: stateBound }),
    limitRow({
      benchmark,
      what: "size of the file with the state, compressed as in the pipelines",
      unit: "MB",
      ours: each(ours, "fileMegabytes"),
      atMost: 1,
    }),
    limitRow({
      benchmark,
      what: "size of the state, not compressed",
      unit: "MB",
      ours: each(ours, "stateMegabytes"),
      atMost: 1,
      bound: sizeBound,
    }),
    ratioRow({
      benchmark,
      what: `size of the state, not compressed, ${byNaive}`,
      unit: "MB",
      ...both("stateMegabytes"),
    }),
    ratioRow({ benchmark, what: `resources of providers, ${byNaive}`, unit: "resources", ...both("resources") }),
    ratioRow({
      benchmark,
      what: `Graph requests for each call during the first deployment, ${byNaive}`,
      unit: "requests",
      ours: each(ours, "requests").map((all) => all / calls),
      other: each(naive, "requests").map((all) => all / calls),
    }),
    ratioRow({
      benchmark,
      what: `Graph requests for each service during the first deployment, ${byNaive}`,
      unit: "requests",
      ours: each(ours, "requests").map((all) => all / services),
      other: each(naive, "requests").map((all) => all / services),
    }),
  ];
}

/** Most of a deployment's time is spent on the state: see docs/performance.md. */
const stateBound =
  "the engine writes the whole state for each step, two for each resource, so the time grows with the square of the stack";
const sizeBound =
  "each call adds two resources and a component, about 8 KB: more than a third of that is URNs of the resources that an input depends on";
