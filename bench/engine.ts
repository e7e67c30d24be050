import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { projectFolder } from "../cli/projectFolder";
import { defaultRotation, nextRotation, type RotationPolicy } from "../components/rotation";
import type { Benchmark } from "./benchmark";
import {
  type CliEnvironment,
  cliDefaults,
  type MeasuredStack,
  pipelineEnvironment,
  requireCli,
  withMeasuredStack,
} from "./engineStack";
import { limitRow, type Row, ratioRow, seconds, valueRow } from "./measure";
import { callsOf, landscapeOf, naiveLandscapeOf, rotationSince } from "./programs";

const benchmark = "real engine";
const asPeopleDo = "compared with the naive program and the CLI's defaults";
const asInPipelines = "compared with the naive program and the settings of the pipelines";

/**
 * The life of a stack under the Pulumi CLI and the providers on the PATH: once with the components, and twice with a program that
 * follows the registry's examples (`bench/naive`). All deployments are proved, so that none can do less than the others.
 * The components are deployed with the settings of the pipelines, the naive program once with the CLI's defaults, and once with
 * the settings of the pipelines.
 */
export const engine: Benchmark = {
  titles: [benchmark],
  minutes: 35,
  needsMore: true,
  async measure({ runs, services = 20 }, progress) {
    requireCli();
    const rounds = Math.min(runs, 3);
    const example = { ours: [exampleLife], naive: [exampleLife], naiveInPipelines: [exampleLife] };
    if (progress.has(rounds, ...rowsOf(services, example).map(({ what }) => what))) return;
    await promisify(execFile)(path.join(projectFolder, "node_modules", ".bin", "tsc"), ["-p", "bench/naive"], {
      cwd: projectFolder,
    });
    const [oursFolder, naiveFolder] = await Promise.all([landscapeOf(services), naiveLandscapeOf(services)]);
    const ours: Life[] = [];
    const naive: NaiveLife[] = [];
    const naiveInPipelines: NaiveLife[] = [];
    try {
      if ((await programIn(oursFolder)) === (await programIn(naiveFolder)))
        throw new Error("engine: both sides run the same program");
      for (let run = 0; run < rounds; run++) {
        ours.push(await life(oursFolder, dayOfOneRotation(services)));
        naive.push(await naiveLife(naiveFolder, cliDefaults));
        naiveInPipelines.push(await naiveLife(naiveFolder, pipelineEnvironment));
        await progress.measured(...rowsOf(services, { ours, naive, naiveInPipelines }));
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
interface NaiveLife {
  readonly up: number;
  readonly quietDay: number;
  readonly destroy: number;
  readonly stateMegabytes: number;
  readonly resources: number;
  /** Requests to Microsoft Graph during `up`. */
  readonly requests: number;
}

interface Life extends NaiveLife {
  /** `pulumi up --refresh` when nothing changed. */
  readonly refreshed: number;
  readonly rotation: number;
  /** Of the file with the state, which is compressed in the pipelines. */
  readonly fileMegabytes: number;
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

const naiveLife = (folder: string, environment: CliEnvironment): Promise<NaiveLife> =>
  withMeasuredStack(
    folder,
    async (measured) => {
      const deployed = await firstDeployment(measured);
      const quietDay = await seconds(() => measured.quietDay());
      return { ...deployed, quietDay, destroy: await seconds(() => measured.destroy()) };
    },
    environment,
  );

/** @param rotation a day on which one service rotates */
const life = (folder: string, rotation: string): Promise<Life> =>
  withMeasuredStack(folder, async (measured) => ({
    ...(await firstDeployment(measured)),
    fileMegabytes: await measured.stateFile(true),
    quietDay: await seconds(() => measured.quietDay()),
    refreshed: await seconds(() => measured.refreshedUp()),
    rotation: await seconds(() => measured.rotated(rotation)),
    destroy: await seconds(() => measured.destroy()),
  }));

async function firstDeployment(measured: MeasuredStack): Promise<Omit<NaiveLife, "quietDay" | "destroy">> {
  const begun = performance.now();
  const { outputs, resources } = await measured.up();
  const up = (performance.now() - begun) / 1000;
  const requests = measured.azure.faults.events.length;
  await measured.proved(outputs);
  return {
    up,
    requests,
    stateMegabytes: (await measured.stack.stateBytes()) / 1e6,
    resources: Object.values(resources).reduce((sum, count) => sum + count, 0),
  };
}

/** The next day on which exactly one service gets a new secret. */
function dayOfOneRotation(services: number): string {
  const policy: RotationPolicy = { since: rotationSince, ...defaultRotation };
  const days = Array.from({ length: services }, (_, index) => nextRotation(new Date(), policy, `s${index}`)).sort();
  const [first, second] = days;
  if (first === undefined || first === second) throw new Error(`engine: two services rotate on ${first}`);
  return first;
}

interface Lives {
  readonly ours: readonly Life[];
  /** With the CLI's defaults. */
  readonly naive: readonly NaiveLife[];
  readonly naiveInPipelines: readonly NaiveLife[];
}

function rowsOf(services: number, { ours, naive, naiveInPipelines }: Lives): Row[] {
  const each = <Of>(lives: readonly Of[], key: keyof Of) => lives.map((one) => one[key] as number);
  const withDefaults = (key: keyof NaiveLife) => ({ ours: each(ours, key), other: each(naive, key) });
  const inPipelines = (key: keyof NaiveLife) => ({ ours: each(ours, key), other: each(naiveInPipelines, key) });
  const of = `${services} services`;
  const quietDay = `${of} on a day without changes: pulumi refresh --preview-only and then a deployment`;
  const calls = services * callsOf(services);
  return [
    ratioRow({
      benchmark,
      what: `first deployment of ${of} with ${callsOf(services)} calls each, ${asPeopleDo}`,
      unit: "s",
      ...withDefaults("up"),
      atMost: 0.4,
      bound: stateBound,
    }),
    ratioRow({ benchmark, what: `first deployment of ${of}, ${asInPipelines}`, unit: "s", ...inPipelines("up") }),
    limitRow({
      benchmark,
      what: `first deployment of ${of}`,
      unit: "s",
      ours: each(ours, "up"),
      atMost: 45,
      bound: stateBound,
    }),
    limitRow({
      benchmark,
      what: quietDay,
      unit: "s",
      ours: each(ours, "quietDay"),
      atMost: 10,
      bound:
        "two commands that use both processors: one starts the program and compares each resource, the other reads each API access and each assignment with a request of its own",
    }),
    ratioRow({ benchmark, what: `${quietDay}, ${asPeopleDo}`, unit: "s", ...withDefaults("quietDay") }),
    ratioRow({ benchmark, what: `${quietDay}, ${asInPipelines}`, unit: "s", ...inPipelines("quietDay") }),
    valueRow({
      benchmark,
      what: `${of} on a day without changes: pulumi up --refresh`,
      unit: "s",
      ours: each(ours, "refreshed"),
    }),
    limitRow({
      benchmark,
      what: `a deployment of ${of} that rotates the secret of one of them`,
      unit: "s",
      ours: each(ours, "rotation"),
      atMost: 15,
      bound:
        "the time goes into ten sign-ins in a row with the new secret, the start of the program, and the comparison of each resource",
    }),
    ratioRow({
      benchmark,
      what: `destroy of ${of}, ${asPeopleDo}`,
      unit: "s",
      ...withDefaults("destroy"),
      atMost: 0.3,
      bound: stateBound,
    }),
    ratioRow({ benchmark, what: `destroy of ${of}, ${asInPipelines}`, unit: "s", ...inPipelines("destroy") }),
    limitRow({
      benchmark,
      what: `size of the file with the state of ${of}, compressed as in the pipelines`,
      unit: "MB",
      ours: each(ours, "fileMegabytes"),
      atMost: 1,
    }),
    limitRow({
      benchmark,
      what: `size of the state of ${of}, not compressed`,
      unit: "MB",
      ours: each(ours, "stateMegabytes"),
      atMost: 1,
      bound: sizeBound,
    }),
    ratioRow({
      benchmark,
      what: `size of the state of ${of}, not compressed, compared with the naive program`,
      unit: "MB",
      ...withDefaults("stateMegabytes"),
    }),
    ratioRow({
      benchmark,
      what: `resources of providers of ${of}, compared with the naive program`,
      unit: "resources",
      ...withDefaults("resources"),
    }),
    ...(
      [
        ["call", calls],
        ["service", services],
      ] as const
    ).map(([one, count]) =>
      ratioRow({
        benchmark,
        what: `Graph requests for each ${one} during the first deployment of ${of}, compared with the naive program`,
        unit: "requests",
        ours: each(ours, "requests").map((all) => all / count),
        other: each(naive, "requests").map((all) => all / count),
      }),
    ),
  ];
}

/** Most of a deployment's time is spent on the state: see docs/performance.md. */
const stateBound =
  "the engine writes the whole state for each step, two for each resource, so the time grows with the square of the stack. With the same settings, the naive program takes about as long: its state is smaller, and it does not wait until Entra shows what it wrote";
const sizeBound =
  "each call adds two resources and a component, about 8 KB: more than a third of that is URNs of the resources that an input depends on";
