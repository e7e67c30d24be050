import { InvalidArgumentError } from "commander";
import { defaultRotation, type RotationPolicy, rotationProblems } from "../components/rotation";
import { atLeast, CommandError, command, exitCodeOf, runIfProgram } from "./command";
import { writeReport } from "./files";
import { Phases } from "./phases";
import { playDays } from "./rotation/playDays";
import { timelinePage } from "./rotation/timelinePage";
import { timelineText } from "./rotation/timelineText";
import { seconds } from "./terminal";

interface RotationYearOptions {
  readonly days: number;
  readonly since: string;
  readonly period: number;
  readonly overlap: number;
  readonly late: number;
  readonly seed: number;
  readonly atOnce?: true;
  readonly report: string;
}

/** Exit codes: 0 no call failed, 1 a call failed, 2 could not run. */
async function rotationYear(options: RotationYearOptions): Promise<number> {
  const { days, since, period, overlap, late, seed, atOnce = false, report } = options;
  const { validityDays } = defaultRotation;
  const rotation: RotationPolicy = { since, periodDays: period, overlapDays: overlap, validityDays };
  const [wrong] = rotationProblems(rotation);
  if (wrong) throw new CommandError(wrong.error.message.replace(`rotation.${wrong.key}`, optionOf[wrong.key]));
  // The SDK records a call stack for each promise; mapping these to the sources would take most of the time.
  Error.stackTraceLimit = 0;
  process.setSourceMapsEnabled(false);
  const phases = new Phases();
  const timeline = await phases.run(`Simulate ${days} days`, (progress) =>
    playDays({ days, rotation, mostLate: late, seed, atOnce }, progress),
  );
  await writeReport(report, timelinePage(timeline));
  console.log(
    `\n${timelineText(timeline)}\n\nSimulated in ${seconds(Object.values(phases.times)[0] ?? 0)}; the same result as a page: ${report}`,
  );
  return timeline.days.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

const optionOf: Readonly<Record<keyof RotationPolicy, string>> = {
  since: "--since",
  periodDays: "--period",
  overlapDays: "--overlap",
  validityDays: "the validity of secrets",
};

function dayCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 3660) return count;
  throw new InvalidArgumentError("Allowed: a whole number of days from 1 to 3660.");
}

/** The local Azure shows nothing later than after ten minutes. */
function lateness(text: string): number {
  const given = Number(text);
  if (Number.isInteger(given) && given >= 2 && given <= 600) return given;
  throw new InvalidArgumentError("Allowed: a whole number of seconds from 2 to 600.");
}

export const rotationYearCommand = command("rotation-year", {
  does: "Simulates a year of daily deployments on a local Azure, while the services call each other with the secrets that they have cached. Entra accepts each new secret late.",
  exitCodes: { 0: "no call failed", 1: "a call failed", 2: "it could not run" },
  example: "npm run rotation-year -- --period 30 --overlap 7",
})
  .option("-d, --days <count>", "how many days to simulate", dayCount, 365)
  // The year ends before 2027-02-27, after which the local Azure refuses the API version of today's azure-native.
  .option("-s, --since <day>", "the first day", "2025-11-01")
  .option("-p, --period <days>", "days from one secret to the next", dayCount, defaultRotation.periodDays)
  .option(
    "-o, --overlap <days>",
    "days for which the previous secret stays valid",
    dayCount,
    defaultRotation.overlapDays,
  )
  // Users report 4 to 18 s (see the preset `entra-2026`); Microsoft documents no upper limit.
  .option("--late <seconds>", "the longest time until Entra accepts a new secret everywhere", lateness, 180)
  .option("--seed <number>", "selects how late Entra accepts the secrets of each day", atLeast(1), 1)
  .option("--at-once", "publish each secret when it is created, to see which calls fail without staged rotation")
  .option("-r, --report <file>", "the page to write", "reports/year.html")
  .action((options: RotationYearOptions) => exitCodeOf(rotationYear(options)));
runIfProgram(__filename, rotationYearCommand);
