import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import Table from "cli-table3";
import { InvalidArgumentError } from "commander";
import { TenantError } from "./adoption/tenant";
import { atLeast, CommandError, command, exitCodeOf, runIfProgram } from "./command";
import type { Assumption } from "./conformance/assumption";
import { assumptions, assumptionTable } from "./conformance/assumptions";
import type { LabSettings } from "./conformance/lab";
import { Recorder } from "./conformance/recorder";
import { readRecording } from "./conformance/recording";
import { replay } from "./conformance/replay";
import { clean, type Examined, examineAll } from "./conformance/run";
import { signIn } from "./conformance/signIn";
import { stopSignal } from "./stopSignal";

interface ConformanceOptions {
  readonly yes?: boolean;
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly cleanUp?: string;
  readonly replay?: string;
  readonly out: string;
  readonly tries: number;
  readonly patience: number;
  readonly pause: number;
  readonly quota: number;
  readonly location: string;
}

async function run(options: ConformanceOptions): Promise<number> {
  if (options.list) {
    console.log(assumptionTable());
    return 0;
  }
  if (options.replay !== undefined) return replayed(options.replay);
  return onTenant(options).catch((error: Error) => {
    throw error instanceof TenantError ? new CommandError(error.message) : error;
  });
}

async function onTenant({ yes, only, cleanUp, out, ...given }: ConformanceOptions): Promise<number> {
  const chosen = assumptionsNamed(only);
  const settings: LabSettings = {
    tries: given.tries,
    patienceSeconds: given.patience,
    pauseSeconds: given.pause,
    quota: given.quota,
    location: given.location,
  };
  const stop = stopSignal();
  const recorder = new Recorder();
  const { tenancy, wire } = await signIn(process.env, recorder);
  try {
    const prefix = cleanUp ?? `cf${randomBytes(3).toString("hex")}`;
    const where = `tenant ${tenancy.tenantId}, subscription ${tenancy.subscriptionId}`;
    if (cleanUp !== undefined) {
      await agreed(yes, `This deletes everything whose name begins with ${prefix}- in ${where}.`);
      return reportLeft(await clean({ prefix, settings, tenancy, wire }));
    }
    await agreed(
      yes,
      `This creates and deletes applications and vaults whose names begin with ${prefix}- in ${where}.`,
    );
    recorder.writeTo(out);
    console.log(`If this process is killed, run: npm run conformance -- --clean-up ${prefix}`);
    const { results, isInterrupted, left } = await examineAll(
      chosen,
      { prefix, settings, tenancy, wire },
      recorder,
      stop,
    );
    console.log(`\n${resultTable(results)}\nThe recording is in ${out}.`);
    if (reportLeft(left) !== 0) return 2;
    if (isInterrupted) throw new CommandError("Interrupted. Everything that was created has been deleted.");
    return results.every(({ result }) => result === "confirmed") ? 0 : 1;
  } finally {
    await wire.close();
  }
}

async function replayed(file: string): Promise<number> {
  const lines = await readRecording(file).catch((error: Error) => {
    throw new CommandError(`--replay: ${error.message}`);
  });
  const { requests, differences } = await replay(lines);
  console.log(`${requests} requests replayed on a local Azure, ${differences.length} difference(s).`);
  for (const difference of differences) console.log(`  ${difference}`);
  return differences.length === 0 ? 0 : 1;
}

function assumptionsNamed(ids: readonly string[] | undefined): readonly Assumption[] {
  const unknown = ids?.filter((id) => !assumptions.some((each) => each.id === id)) ?? [];
  if (unknown.length > 0)
    throw new CommandError(`--only: there is no assumption ${unknown.join(", ")}; \`--list\` prints the existing ones`);
  return assumptions.filter(({ id }) => ids === undefined || ids.includes(id));
}

/** @throws CommandError if the user does not agree */
async function agreed(yes: boolean | undefined, what: string): Promise<void> {
  console.log(what);
  if (yes) return;
  if (!process.stdin.isTTY) throw new CommandError("There is no terminal to ask for confirmation: confirm with --yes.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("Continue? (yes/no) ");
  terminal.close();
  if (answer.trim().toLowerCase() !== "yes") throw new CommandError("Nothing was done.");
}

function resultTable(results: readonly Examined[]): string {
  const table = new Table({
    head: ["id", "result", "evidence"],
    colWidths: [6, 15, 97],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  table.push(...results.map(({ id, result, evidence }) => [id, result, evidence]));
  return table.toString();
}

function reportLeft(left: readonly string[]): number {
  if (left.length === 0) return 0;
  console.error(["These could not be deleted:", ...left.map((each) => `  ${each}`)].join("\n"));
  return 2;
}

function seconds(given: string): number {
  const value = Number(given);
  if (given.trim() !== "" && value > 0) return value;
  throw new InvalidArgumentError("Allowed: a number of seconds above 0.");
}

function prefixOf(given: string): string {
  if (/^cf[0-9a-f]{6}$/.test(given)) return given;
  throw new InvalidArgumentError("Allowed: the prefix that a run printed, like cf3fa9c1.");
}

export const conformanceCommand = command("conformance", {
  does: "Tests assumptions about Azure that no source confirms, on a real tenant (docs/conformance.md). It records all requests, and deletes what it created. It takes about 30 minutes. It signs in with ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID, or with the Azure CLI; ARM_SUBSCRIPTION_ID selects the subscription.",
  exitCodes: {
    0: "all assumptions are confirmed, or a replay shows no difference",
    1: "an assumption is not confirmed, or a replay shows a difference",
    2: "it could not run, was interrupted, or could not delete something",
  },
  example: "npm run conformance -- --only C-07 --out conformance.jsonl",
})
  .option("-y, --yes", "do not ask before something is created or deleted")
  .option("--only <ids...>", "test only these assumptions, for example C-07")
  .option("--list", "only print the table of assumptions")
  .option("--clean-up <prefix>", "only delete what an interrupted run left behind", prefixOf)
  .option("--replay <file>", "send the requests of a recording to a new local Azure, and list the differences")
  .option("-o, --out <file>", "the recording to write", "conformance.jsonl")
  .option("--tries <number>", "how often to measure each duration", atLeast(1), 10)
  .option("--patience <seconds>", "how long to wait for a state", seconds, 180)
  .option("--pause <seconds>", "how long to pause between two attempts", seconds, 0.25)
  .option("--quota <number>", "how many objects one identity may create", atLeast(1), 250)
  .option("--location <name>", "the Azure region for resources", "westeurope")
  .action((options: ConformanceOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, conformanceCommand);
