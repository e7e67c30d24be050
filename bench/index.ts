import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { hasAzurePlugin } from "@microservice-identities/test-support/azureNative/onPath";
import { counted } from "@microservice-identities/validation/counted";
import { isoDay, oneDay, today } from "@microservice-identities/validation/days";
import Table from "cli-table3";
import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { CommandError, command, exitCodeOf, runIfProgram } from "../cli/command";
import { replaceSection, type SectionMarks, writeReport } from "../cli/files";
import { projectFolder } from "../cli/projectFolder";
import { asAWhole, type Benchmark, type Extent, type Progress } from "./benchmark";
import { coldStart } from "./coldStart";
import { company } from "./company";
import { engine } from "./engine";
import { engineGrowth } from "./engineGrowth";
import { engineProfile } from "./engineProfile";
import { engineSettings } from "./engineSettings";
import { everyday } from "./everyday";
import { growth } from "./growth";
import { localAzure } from "./localAzure";
import type { Row, Spread } from "./measure";
import { policyPack } from "./policyPack";
import { proof } from "./proof";
import { runtime } from "./runtime";
import { suite } from "./suite";
import { usage } from "./usage";

const benchmarks = {
  "cold-start": asAWhole(["cold start"], 1, coldStart),
  growth: asAWhole(["growth"], 2, growth),
  "local-azure": asAWhole(["local Azure"], 2, localAzure),
  proof: asAWhole(["proof", "deployment"], 1, proof),
  runtime: { ...asAWhole(["runtime"], 10, runtime), needsMore: true },
  usage: asAWhole(["usage"], 1, usage),
  company,
  everyday: asAWhole(["everyday"], 4, everyday),
  suite,
  engine,
  "engine-settings": engineSettings,
  "engine-growth": engineGrowth,
  "engine-profile": engineProfile,
  pack: policyPack,
} satisfies Record<string, Benchmark>;
type Name = keyof typeof benchmarks;
const names = Object.keys(benchmarks) as Name[];
/** The benchmarks that need only `npm ci`. */
const usual = names.filter((name) => !("needsMore" in benchmarks[name]));

interface BenchOptions {
  readonly only: readonly Name[];
  readonly runs: number;
  readonly services?: number;
  readonly save?: string;
  readonly against?: string;
  /** In days. */
  readonly resume?: number;
}

const spread = z.object({ min: z.number(), median: z.number(), max: z.number(), runs: z.int() });
const saved = z.object({
  machine: z.record(z.string(), z.string()),
  rows: z.array(
    z.looseObject({
      benchmark: z.string(),
      what: z.string(),
      unit: z.string(),
      ours: spread,
      ratio: z.number().optional(),
      measured: z.string().optional(),
    }),
  ),
});

/** Its processor, memory and software. */
type Machine = Readonly<Record<string, string>>;

/** A saved row. */
interface SavedRow extends Row {
  /** The day on which it was measured, for example `2026-11-26`. Absent in files of earlier versions. */
  readonly measured?: string;
}

/** Exit codes: 0 measured, 2 a measurement failed. A missed goal does not change the code, because it may be due to a busy machine. */
async function run({ only, runs, services, save, against, resume }: BenchOptions): Promise<number> {
  if (resume !== undefined && save === undefined)
    throw new CommandError("--resume continues a saved run: give its file with --save");
  const before = against === undefined ? undefined : await readSaved(against);
  const machine = { ...describeMachine(), ...describeEngine() };
  if (save !== undefined && existsSync(save)) refuseOtherMachine(save, (await readSaved(save)).machine, machine);
  const rows: SavedRow[] = [];
  for (const name of only) {
    console.log(`${name} ...`);
    rows.push(...(await measured(name, { runs, services }, machine, save, resume)));
  }
  console.log(
    `\n${Object.entries(machine)
      .map(([what, value]) => `${what}: ${value}`)
      .join("\n")}\n`,
  );
  console.log(tableText(rows, machine, before));
  return 0;
}

/** Measures one benchmark. Each row is saved at once, so that an interrupted run loses only the current row. */
async function measured(
  name: Name,
  extent: Extent,
  machine: Machine,
  save: string | undefined,
  resumed: number | undefined,
): Promise<SavedRow[]> {
  const { titles, measure }: Benchmark = benchmarks[name];
  const own = new Map<string, SavedRow>();
  const day = today();
  const since = isoDay(Date.parse(day) + (1 - (resumed ?? 0)) * oneDay);
  const saved = resumed !== undefined && save !== undefined && existsSync(save) ? (await readSaved(save)).rows : [];
  const earlier = saved.filter(({ benchmark, measured = "" }) => titles.includes(benchmark) && measured >= since);
  const isDone = (runs: number, what: string) => earlier.some((row) => row.what === what && row.ours.runs >= runs);
  const progress: Progress = {
    measured: async (...rows) => {
      for (const row of rows) own.set(row.what, { ...row, measured: day });
      if (save !== undefined) await saveRows(save, machine, [...own.values()]);
      for (const row of rows) console.log(`  ${row.what}: ${spreadText(row.ours, row.unit)} ${ratioText(row)}`);
    },
    picture: async (file, svg) => {
      if (save !== undefined) await writeReport(path.join(path.dirname(save), file), svg);
    },
    has: (runs, ...whats) => whats.every((what) => isDone(runs, what)),
    result: (what) => (own.get(what) ?? earlier.find((row) => row.what === what))?.ours.median,
  };
  await measure(extent, progress);
  if (own.size === 0 && resumed === undefined)
    throw new CommandError(
      `${name} measured nothing: --services ${extent.services} is less than its smallest landscape`,
    );
  // After a complete run of a benchmark, rows of an earlier version of it are removed.
  if (save !== undefined && resumed === undefined) await saveRows(save, machine, [...own.values()], titles);
  return [...own.values()];
}

/**
 * Replaces the given rows, and keeps all others.
 *
 * @param whole the titles whose other rows are removed. Default: none
 */
async function saveRows(
  file: string,
  current: Machine,
  rows: readonly SavedRow[],
  whole: readonly string[] = [],
): Promise<void> {
  const before = existsSync(file) ? await readSaved(file) : undefined;
  // The tools of the real engine stay listed after a run without a CLI.
  const machine = { ...before?.machine, ...current };
  const saved = (before?.rows ?? []) as SavedRow[];
  const kept = saved.filter(
    ({ benchmark, what }) => !whole.includes(benchmark) || rows.some((row) => row.what === what),
  );
  const isOf = (row: SavedRow) => (other: SavedRow) => row.benchmark === other.benchmark && row.what === other.what;
  const replaced = kept.map((row) => rows.find(isOf(row)) ?? row);
  const titles = Object.values<Benchmark>(benchmarks).flatMap((one) => one.titles);
  const all = [...replaced, ...rows.filter((row) => !kept.some(isOf(row)))].sort(
    (one, other) => titles.indexOf(one.benchmark) - titles.indexOf(other.benchmark),
  );
  await writeReport(file, `${JSON.stringify({ machine, rows: all }, null, 2)}\n`);
  if (file.endsWith("performance.json")) await writePage(file.replace(/\.json$/, ".md"), machine, all);
}

/** @throws CommandError before anything is measured, so that no result is lost */
function refuseOtherMachine(file: string, saved: Machine, current: Machine): void {
  if (isSameMachine(saved, current)) return;
  const describe = ({ processor, memory }: Machine) => `${processor}, ${memory}`;
  throw new CommandError(
    `${file} was measured on another machine (${describe(saved)}, and this one has ${describe(current)}): give another file with --save`,
  );
}

const isSameMachine = (one: Machine, other: Machine): boolean =>
  one.processor === other.processor && one.memory === other.memory;

async function readSaved(file: string): Promise<z.output<typeof saved>> {
  try {
    return saved.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new CommandError(`${file} is not a saved run: ${(error as Error).message.slice(0, 300)}`);
  }
}

function describeMachine(): Record<string, string> {
  const version = (name: string): string =>
    JSON.parse(readFileSync(path.join(projectFolder, "node_modules", name, "package.json"), "utf8")).version;
  const [cpu] = os.cpus();
  return {
    processor: `${os.cpus().length} × ${cpu?.model.trim() ?? "unknown"}`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    "packages of the latest run": [
      "@pulumi/pulumi",
      "@pulumi/azure-native",
      "@pulumi/azuread",
      "typescript",
      "oauth2-mock-server",
    ]
      .map((name) => `${name} ${version(name)}`)
      .join(", "),
  };
}

function describeEngine(): Record<string, string> {
  const cli = findPulumiCli();
  if (cli === undefined) return {};
  const version = execFileSync(cli, ["version"], { encoding: "utf8" }).trim();
  const azure = hasAzurePlugin() ? "azure-native" : "the provider of this project's tests in place of azure-native";
  return { "real engine": `Pulumi CLI ${version} with the plugins azuread and random, and ${azure}` };
}

const figure = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });
const spreadText = (of: Spread | undefined, unit: string): string =>
  of === undefined
    ? ""
    : of.runs === 1
      ? `${figure(of.median)} ${unit}`
      : `${figure(of.median)} ${unit} (${figure(of.min)} to ${figure(of.max)})`;
const verdict = ({ goal = "", met }: Row): string => (met === undefined ? goal : `${goal} ${met ? "met" : "NOT met"}`);
const ratioText = ({ ratio }: Pick<Row, "ratio">): string => (ratio === undefined ? "" : `${ratio.toFixed(2)}×`);

function tableText(rows: readonly Row[], machine: Machine, before?: z.output<typeof saved>): string {
  const table = new Table({
    head: [
      "benchmark",
      "what",
      "median (min to max)",
      "compared with",
      "ratio",
      "goal",
      ...(before ? ["before", "agrees"] : []),
    ],
    style: { head: [], border: [] },
    colWidths: [13, 40, 27, 27, 8, 16, ...(before ? [27, 8] : [])],
    wordWrap: true,
  });
  for (const row of rows) {
    const earlier = before?.rows.find(({ benchmark, what }) => benchmark === row.benchmark && what === row.what);
    table.push([
      row.benchmark,
      row.what,
      spreadText(row.ours, row.unit),
      spreadText(row.other, row.unit),
      ratioText(row),
      verdict(row),
      ...(before ? [beforeText(earlier), isSameMachine(machine, before.machine) ? agreement(row, earlier) : ""] : []),
    ]);
  }
  return table.toString();
}

type EarlierRow = z.output<typeof saved>["rows"][number];

const beforeText = (earlier: EarlierRow | undefined): string =>
  earlier === undefined ? "" : [spreadText(earlier.ours, earlier.unit), ratioText(earlier)].filter(Boolean).join(", ");

/** Whether the ranges of two runs overlap. Empty if neither was repeated. */
function agreement({ ours }: Row, earlier: EarlierRow | undefined): string {
  if (earlier === undefined || ours.runs + earlier.ours.runs < 3) return "";
  return ours.min <= earlier.ours.max && earlier.ours.min <= ours.max ? "yes" : "no";
}

const marks: SectionMarks = [
  "<!-- measured: npm run bench -- --save docs/performance.json -->",
  "<!-- measured up to here -->",
];

async function writePage(file: string, machine: Machine, rows: readonly SavedRow[]): Promise<void> {
  const rowsOf = ({ titles }: Benchmark) => rows.filter(({ benchmark }) => titles.includes(benchmark));
  const daysOf = (one: Benchmark) => [...new Set(rowsOf(one).flatMap(({ measured = [] }) => measured))].sort();
  const runsOf = (one: Benchmark) => Math.max(...rowsOf(one).map(({ ours }) => ours.runs));
  const shown = Object.entries<Benchmark>(benchmarks).filter(([, one]) => rowsOf(one).length > 0);
  const bounds = rows.filter(({ met, bound }) => met === false && bound !== undefined);
  const lines = [
    ...Object.entries(machine).map(([what, value]) => `- ${what}: ${value}`),
    "",
    "| benchmark | command | takes about | measured on |",
    "| --- | --- | --- | --- |",
    ...shown.map(
      ([name, one]) =>
        `| ${one.titles.join(", ")} | \`npm run bench -- --only ${name} --runs ${runsOf(one)} --save docs/performance.json\` | ${counted(one.minutes, "minute")} | ${daysOf(one).join(", ")} |`,
    ),
    "",
    "| benchmark | what | median (min to max) | compared with | ratio | goal |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      (row) =>
        `| ${row.benchmark} | ${row.what} | ${spreadText(row.ours, row.unit)} | ${spreadText(row.other, row.unit)} | ${ratioText(row)} | ${verdict(row)} |`,
    ),
    ...(bounds.length > 0
      ? ["", "Why some goals are not met:", "", ...bounds.map(({ what, bound }) => `- ${what}: ${bound}.`)]
      : []),
  ];
  await replaceSection(file, marks, lines.join("\n"));
}

function count(given: string): number {
  if (/^[1-9]\d{0,2}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("Allowed: a whole number from 1 to 999.");
}

export const benchCommand = command("bench", {
  does: "Runs the benchmarks, compares each with an alternative on the same machine, and prints a table. Without --only, it runs those that need only `npm ci`, for about half an hour; --runs 1 shortens it. The benchmarks `engine`, `engine-settings`, `engine-growth` and `pack` need the Pulumi CLI and the real providers, and deploy for up to an hour each; `runtime` installs the libraries that it compares with from npm.",
  exitCodes: { 0: "measured", 2: "a benchmark could not run" },
  example: "npm run bench -- --only growth --runs 1",
})
  .addOption(new Option("--only <names...>", "the benchmarks to run").choices(names).default(usual, usual.join(", ")))
  .addOption(new Option("-r, --runs <count>", "how often to measure each").argParser(count).default(5))
  .option(
    "--services <count>",
    "the number of services, to try `engine` (default 20), `engine-settings` (20), `engine-profile` (20), `engine-growth` (up to 100), `pack` (100) and `company` (400)",
    count,
  )
  .option(
    "--save <file>",
    "also write the results as JSON; for docs/performance.json, also update the page docs/performance.md",
  )
  .addOption(
    new Option(
      "--resume [days]",
      "skip the rows that the file of --save already has from today, or from the last <days> days, in benchmarks that save each row",
    )
      .argParser(count)
      .preset("1"),
  )
  .option(
    "--against <file>",
    "compare with the results that an earlier --save wrote; on the same machine, also whether both agree",
  )
  .action((options: BenchOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, benchCommand);
