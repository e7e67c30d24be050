import { type ChildProcess, fork } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { type LocalAzure, startLocalAzure } from "@microservice-identities/local-azure/localAzure";
import { provableStack } from "@microservice-identities/proof/directory";
import type { Workday, WorkdayResult } from "@microservice-identities/proof/workdays";
import { InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { checkRotation, defaultRotation, type IssuedSecret, type RotationPolicy } from "../components/rotation";
import program from "../stacks/index";
import { CommandError, command, exitCodeOf, localConfig } from "./command";
import { Phases } from "./phases";
import { rotationYearSample } from "./rotationYearSample";
import { seconds } from "./terminal";
import { rotationsIn, type Timeline, timelinePage, timelineText } from "./timeline";

interface YearOptions {
  readonly days: number;
  readonly since: string;
  readonly period: number;
  readonly overlap: number;
  readonly report: string;
}

const projectFolder = path.dirname(__dirname);
const oneDay = 86_400_000;

/** Exit codes: 0 no call failed, 1 one did, 2 it could not be played. */
async function year({ days, since, period, overlap, report }: YearOptions): Promise<number> {
  const rotation: RotationPolicy = { since, periodDays: period, overlapDays: overlap, validityDays: 180 };
  checkRotation(rotation);
  const phases = new Phases();
  // The SDK notes a stack for each promise; mapped to the sources, that would take most of the time.
  Error.stackTraceLimit = 0;
  process.setSourceMapsEnabled(false);
  let now = Date.parse(since);
  const azure = await startLocalAzure({ clock: () => now });
  const folder = await mkdtemp(path.join(tmpdir(), "year-"));
  const services = await startCallers(azure, folder, rotation);
  try {
    const landscapeFile = path.join(folder, "landscape.yaml");
    await writeFile(landscapeFile, stringify(rotationYearSample));
    const stack = new BuiltInStack({ azure, projectFolder, stack: "dev" }, program);
    const timeline: Timeline = { since, days: [] };
    await phases.run(`Play ${days} days`, async (progress) => {
      for (let day = 0; day < days; day++, now += oneDay) {
        const date = new Date(now).toISOString().slice(0, 10);
        const config = {
          ...localConfig(azure),
          landscapeFile,
          date,
          // The sample's own: what the stack says of other services is not for it.
          services: "{}",
          rotation: JSON.stringify(rotation),
        };
        const { outputs, operations } = await stack.up({ config });
        const { same: _, ...changes } = operations;
        const changed = Object.values(changes).some((count) => count > 0);
        const { directory, tenantId } = provableStack.parse(outputs);
        const { calls, failures } = await workday(services, {
          day,
          now,
          directory,
          tenantId,
          authority: azure.authority,
        });
        const issued = outputs.issued as Record<string, IssuedSecret[]>;
        timeline.days.push({ date, changed, calls, failures, issued });
        progress(`${date}: ${rotationsIn(timeline)} rotations, ${failures.length} failed calls`);
      }
    });
    await mkdir(path.dirname(path.resolve(report)), { recursive: true });
    await writeFile(report, timelinePage(timeline));
    console.log(
      `\n${timelineText(timeline)}\n\nPlayed in ${seconds(Object.values(phases.times)[0] ?? 0)}; the same as a page: ${report}`,
    );
    return timeline.days.every(({ failures }) => failures.length === 0) ? 0 : 1;
  } finally {
    services.kill();
    await azure.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The services run in a process of their own, which trusts the local Azure as every Node program can. */
async function startCallers(azure: LocalAzure, folder: string, { overlapDays }: RotationPolicy): Promise<ChildProcess> {
  const caFile = path.join(folder, "ca.pem");
  await writeFile(caFile, azure.caCertificate);
  // A secret is kept for less than the overlap: so long, a rotation goes unnoticed.
  const keepDays = Math.max(1, overlapDays - 1);
  return fork(require.resolve("@microservice-identities/proof/workdays"), [String(keepDays)], {
    execArgv: ["--import", "tsx"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...azure.workloadHost(), NODE_EXTRA_CA_CERTS: caFile },
  });
}

const workday = (services: ChildProcess, day: Workday): Promise<WorkdayResult> =>
  new Promise((resolve, reject) => {
    const ended = () => reject(new CommandError("the services' process ended"));
    services.once("exit", ended);
    services.once("message", (result) => {
      services.off("exit", ended);
      resolve(result as WorkdayResult);
    });
    services.send(day);
  });

function dayCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 3660) return count;
  throw new InvalidArgumentError("Allowed: a whole number of days from 1 to 3660.");
}

command(
  "rotation-year",
  "Plays a year of daily deployments on a local Azure while the services go on calling each other with the secrets they have.\nExit codes: 0 no call failed, 1 one did, 2 it could not be played.",
)
  .option("-d, --days <count>", "how many days", dayCount, 365)
  .option("-s, --since <day>", "the first day", "2026-11-01")
  .option("-p, --period <days>", "days from one secret to the next", dayCount, defaultRotation.periodDays)
  .option("-o, --overlap <days>", "days for which both are valid", dayCount, defaultRotation.overlapDays)
  .option("-r, --report <file>", "where the page goes", "reports/year.html")
  .action((options: YearOptions) => exitCodeOf(year(options)))
  .parse();
