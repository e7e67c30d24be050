import path from "node:path";
import { findingsSarif } from "@microservice-identities/review/report/sarif";
import { savedUsage } from "@microservice-identities/review/usage/savedUsage";
import { readUsageLines } from "@microservice-identities/review/usage/usageLine";
import { usageRules } from "@microservice-identities/review/usageRules";
import { readWaivers } from "@microservice-identities/review/waivers";
import { waiversFile } from "@microservice-identities/review/waiversFile";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import { InvalidArgumentError, Option } from "commander";
import { SignedInTenant, TenantError } from "./adoption/tenant";
import { CommandError, command, dateOption, days, exitCodeOf, ofOption, runIfProgram, stacksOption } from "./command";
import { declarationsIn } from "./declarations";
import { writeReport } from "./files";
import { projectFolder } from "./projectFolder";
import { readStates } from "./review/files";
import { noRegistration, stateOf } from "./state";
import { Evidence } from "./usage/evidence";
import { declaredUse } from "./usage/grants";
import { judge } from "./usage/judge";
import { patchesOf } from "./usage/landscapeEdit";
import { landscapeFiles } from "./usage/landscapeFiles";
import { usageMarkdown } from "./usage/markdown";
import { metricsQuery } from "./usage/metricsQuery";
import { type UsageReport, usageExitCode, usageReport } from "./usage/report";
import { readSignIns, signInQuery, signInsOf } from "./usage/signIns";
import { usageText } from "./usage/text";

const endings = { txt: "text", json: "json", md: "markdown", sarif: "sarif", patch: "patch" } as const;
const queries = ["sign-ins", "metrics"] as const;
type Format = (typeof endings)[keyof typeof endings];

interface UsageOptions {
  readonly stack: readonly string[];
  readonly state?: readonly string[];
  readonly since: number;
  readonly least: number;
  readonly usage: readonly string[];
  readonly signIns: readonly string[];
  readonly fromTenant?: true;
  readonly query?: true | (typeof queries)[number];
  readonly format: Format;
  readonly out?: readonly string[];
  readonly waivers: string;
  readonly date: string;
}

async function run(options: UsageOptions): Promise<number> {
  const { stack, state, since, least, format, out = [], date } = options;
  const rows = state ? await readStates(state) : (await Promise.all(stack.map(stateOf))).flat();
  const declared = declaredUse(rows);
  if (declared.services.length === 0) throw noRegistration(options);
  const callers = declared.services.map(({ clientId }) => clientId);
  const from = isoDay(Date.parse(date) - (since - 1) * oneDay);
  if (options.query) {
    console.log((options.query === "metrics" ? metricsQuery(from) : signInQuery(callers, from)).trimEnd());
    return 0;
  }
  const waivers = ofOption("--waivers", () => readWaivers(options.waivers, date));
  const evidence = new Evidence(from, date);
  for (const file of options.usage)
    for (const line of ofOption("--usage", () => readUsageLines(file))) evidence.add(line);
  for (const file of options.signIns)
    for (const count of ofOption("--sign-ins", () => readSignIns(file))) evidence.addSignIn(count);
  if (options.fromTenant) for (const count of await signInsInTenant(callers, from)) evidence.addSignIn(count);
  const usage = judge(declared, evidence, { stack: stack.join(", "), today: date, leastDays: least });
  const files = landscapeFiles(projectFolder, stack);
  const report = usageReport(usage, declared, files, waivers);
  const written = (as: Format): string => reportIn(as, report, files);
  console.log(written(format).trimEnd());
  for (const file of out) await writeReport(file, `${written(formatOf(file)).trimEnd()}\n`);
  return usageExitCode(report);
}

const signInsInTenant = (callers: readonly string[], from: string) =>
  SignedInTenant.signIn(process.env)
    .then((tenant) => signInsOf(tenant, callers, from))
    .catch((error: Error) => {
      throw error instanceof TenantError ? new CommandError(error.message) : error;
    });

function reportIn(format: Format, report: UsageReport, files: ReturnType<typeof landscapeFiles>): string {
  switch (format) {
    case "text":
      return usageText(report);
    case "json":
      return JSON.stringify(savedUsage.parse(report.usage), null, 2);
    case "markdown":
      return usageMarkdown(report);
    case "sarif":
      return findingsSarif("usage", usageRules, report, declarationsIn(report.usage.stack));
    case "patch":
      return patchesOf(
        files,
        report.findings.flatMap((finding) =>
          // A call that was refused is granted only by somebody who knows why.
          "edit" in finding && finding.edit?.remove !== undefined ? [finding.edit] : [],
        ),
      ).join("");
  }
}

const formatOf = (file: string): Format => endings[path.extname(file).slice(1) as keyof typeof endings];

function collectReport(file: string, before: readonly string[] = []): readonly string[] {
  if (formatOf(file)) return [...before, file];
  throw new InvalidArgumentError(
    `Allowed: a file with one of the extensions ${Object.keys(endings)
      .map((ending) => `.${ending}`)
      .join(", ")}.`,
  );
}

/** At least one day. */
function period(given: string): number {
  const count = days(given);
  if (count === 0) throw new InvalidArgumentError("Allowed: a number of days, for example 90d.");
  return count;
}

export const usageCommand = command("usage", {
  does: "Compares the granted roles of a stack with records of their use. It lists grants that nobody used, grants that were used only to read, and refused calls, each with an edit of the landscape. It changes nothing. The use is read from files that services recorded (packages/runtime, UsageRecorder), and from Entra's log of service principal sign-ins: from a file, or with --from-tenant from Microsoft Graph, which needs AuditLog.Read.All and a premium licence. A grant without enough evidence is not called unused.",
  exitCodes: {
    0: "no unused grant and no refused call was found",
    1: "there are unused grants, or refused calls",
    2: "nothing was found, but too little is recorded; or it could not run",
  },
  example: "npm run usage -- --stack prod --since 90d --usage usage/*.jsonl --sign-ins sign-ins.json",
})
  .addOption(stacksOption)
  .option("--state <files...>", "the output of `pulumi stack export`, instead of asking the CLI")
  .addOption(
    new Option("--since <days>", "the length of the period, which ends today, for example 30d")
      .argParser(period)
      .default(90, "90d"),
  )
  .addOption(
    new Option("--least <days>", "how many recorded days are needed to call a grant unused")
      .argParser(period)
      .default(30, "30d"),
  )
  .option("--usage <files...>", "usage files (JSON Lines), of all services and all their instances", [])
  .option("--sign-ins <files...>", "the result of the query that --query prints", [])
  .option("--from-tenant", "also read the sign-ins that Microsoft Graph keeps, for up to 30 days")
  .addOption(
    new Option(
      "--query [kind]",
      "only print a query for Log Analytics: for the sign-ins (--sign-ins reads its result), or for the services' metrics (--usage reads its result)",
    ).choices(queries),
  )
  .addOption(
    new Option("-f, --format <format>", "the format of the output").choices(Object.values(endings)).default("text"),
  )
  .addOption(
    new Option("-o, --out <file>", "also write a file, in the format of its extension; can be repeated").argParser(
      collectReport,
    ),
  )
  .addOption(
    new Option("--waivers <file>", "the file of accepted findings").default(
      path.join(projectFolder, waiversFile),
      waiversFile,
    ),
  )
  .addOption(dateOption)
  .action((options: UsageOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, usageCommand);
