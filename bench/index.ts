import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { today } from "@microservice-identities/validation/days";
import Table from "cli-table3";
import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { CommandError, command, exitCodeOf, runIfProgram } from "../cli/command";
import { replaceSection, type SectionMarks, writeReport } from "../cli/files";
import { projectFolder } from "../cli/projectFolder";
import { coldStart } from "./coldStart";
import { engine } from "./engine";
import { everyday } from "./everyday";
import { growth } from "./growth";
import { localAzure } from "./localAzure";
import type { Row, Spread } from "./measure";
import { proof } from "./proof";
import { runtime } from "./runtime";
import { usage } from "./usage";

const benchmarks = {
  "cold-start": coldStart,
  growth,
  "local-azure": localAzure,
  proof,
  runtime,
  usage,
  everyday,
  engine,
};
type Name = keyof typeof benchmarks;
const names = Object.keys(benchmarks) as Name[];
/** What needs no more than `npm ci`. */
const usual = names.filter((name) => name !== "engine" && name !== "runtime");

interface BenchOptions {
  readonly only: readonly Name[];
  readonly runs: number;
  readonly save?: string;
  readonly against?: string;
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
    }),
  ),
});

/** Exit codes: 0 measured, 2 a measurement is broken. Whether a goal is met is in the table: a busy machine decides too. */
async function run({ only, runs, save, against }: BenchOptions): Promise<number> {
  const before = against === undefined ? undefined : await readSaved(against);
  const rows: Row[] = [];
  for (const name of only) {
    console.log(`${name} ...`);
    rows.push(...(await benchmarks[name](runs)));
  }
  const machine = describeMachine();
  console.log(
    `\n${Object.entries(machine)
      .map(([what, value]) => `${what}: ${value}`)
      .join("\n")}\n`,
  );
  console.log(tableText(rows, before?.rows));
  if (save !== undefined) {
    // What was not measured this time stays.
    const kept = existsSync(save) ? ((await readSaved(save)).rows as Row[]) : [];
    const measured = new Set(rows.map(({ benchmark }) => benchmark));
    const all = [...kept.filter(({ benchmark }) => !measured.has(benchmark)), ...rows];
    await writeReport(save, `${JSON.stringify({ machine, rows: all }, null, 2)}\n`);
    if (save.endsWith("performance.json")) await writePage(save.replace(/\.json$/, ".md"), machine, all);
  }
  return 0;
}

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
    packages: ["@pulumi/pulumi", "@pulumi/azure-native", "@pulumi/azuread", "typescript", "oauth2-mock-server"]
      .map((name) => `${name} ${version(name)}`)
      .join(", "),
    date: today(),
  };
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

function tableText(rows: readonly Row[], before: z.output<typeof saved>["rows"] = []): string {
  const table = new Table({
    head: ["benchmark", "what", "median (min to max)", "by", "ratio", "goal", ...(before.length > 0 ? ["before"] : [])],
    style: { head: [], border: [] },
    colWidths: [13, 40, 27, 27, 8, 16, ...(before.length > 0 ? [14] : [])],
    wordWrap: true,
  });
  for (const row of rows) {
    const earlier = before.find(({ benchmark, what }) => benchmark === row.benchmark && what === row.what);
    // Only ratios compare across runs: the machine may have been another, or busy.
    const then = earlier?.ratio !== undefined ? ratioText(earlier) : earlier && figure(earlier.ours.median);
    table.push([
      row.benchmark,
      row.what,
      spreadText(row.ours, row.unit),
      spreadText(row.other, row.unit),
      ratioText(row),
      verdict(row),
      ...(before.length > 0 ? [then ?? ""] : []),
    ]);
  }
  return table.toString();
}

const marks: SectionMarks = [
  "<!-- measured: npm run bench -- --save docs/performance.json -->",
  "<!-- measured up to here -->",
];

async function writePage(file: string, machine: Record<string, string>, rows: readonly Row[]): Promise<void> {
  const bounds = rows.filter(({ met, bound }) => met === false && bound !== undefined);
  const lines = [
    ...Object.entries(machine).map(([what, value]) => `- ${what}: ${value}`),
    "",
    "| benchmark | what | median (min to max) | by | ratio | goal |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      (row) =>
        `| ${row.benchmark} | ${row.what} | ${spreadText(row.ours, row.unit)} | ${spreadText(row.other, row.unit)} | ${ratioText(row)} | ${verdict(row)} |`,
    ),
    ...(bounds.length > 0
      ? ["", "What bounds those that are not met:", "", ...bounds.map(({ what, bound }) => `- ${what}: ${bound}.`)]
      : []),
  ];
  await replaceSection(file, marks, lines.join("\n"));
}

function count(given: string): number {
  if (/^[1-9]\d?$/.test(given)) return Number(given);
  throw new InvalidArgumentError("Allowed: a whole number from 1 to 99.");
}

export const benchCommand = command("bench", {
  does: "Runs the benchmarks, compares each with an alternative on the same machine, and prints a table. It takes about 20 minutes; --only and --runs 1 shorten it. The benchmark `engine` needs the Pulumi CLI and the real providers; `runtime` installs the libraries that it compares with from npm.",
  exitCodes: { 0: "measured", 2: "a benchmark could not run" },
  example: "npm run bench -- --only growth --runs 1",
})
  .addOption(new Option("--only <names...>", "the benchmarks to run").choices(names).default(usual, usual.join(", ")))
  .addOption(new Option("-r, --runs <count>", "how often to measure each").argParser(count).default(5))
  .option(
    "--save <file>",
    "also write the results as JSON; for docs/performance.json, also update the page docs/performance.md",
  )
  .option("--against <file>", "compare with the results that an earlier --save wrote")
  .action((options: BenchOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, benchCommand);
