import { oneDirectory } from "@microservice-identities/proof/directory";
import { type CredentialExpiry, expiriesOf, expiryProblems } from "@microservice-identities/proof/expiry";
import { counted } from "@microservice-identities/validation/counted";
import { isoDay } from "@microservice-identities/validation/days";
import Table from "cli-table3";
import { apiVersionWarnings, installedKeyVaultVersion } from "./apiVersions";
import { command, dateOption, days, exitCodeOf, runIfProgram } from "./command";
import { outputsIn } from "./stackOutputs";

interface ExpiryOptions {
  readonly within?: number;
  readonly late: number;
  readonly date: string;
  readonly json?: true;
}

async function expiry(file: string, { within, late, date, json }: ExpiryOptions): Promise<number> {
  const rows = expiriesOf(oneDirectory([await outputsIn(file)]).directory, new Date(date));
  const problems = within === undefined ? [] : expiryProblems(rows, within, late);
  const warnings = apiVersionWarnings(await installedKeyVaultVersion(), date);
  if (json) console.log(JSON.stringify({ date, credentials: rows, problems, warnings }, null, 2));
  else console.log([tableText(rows), ...problems, ...warnings].join("\n"));
  return problems.length === 0 ? 0 : 1;
}

function tableText(rows: readonly CredentialExpiry[]): string {
  const table = new Table({
    head: ["service", "credential", "expires", "days left", "next rotation"],
    style: { head: [], border: [] },
    colAligns: ["left", "left", "left", "right", "left"],
  });
  for (const { service, kind, expires, daysLeft, hasExpired, nextRotation, daysLate } of rows) {
    const late = daysLate > 0 ? `, ${counted(daysLate, "day")} late` : "";
    table.push([
      service,
      kind,
      expires === null ? "never" : isoDay(expires),
      hasExpired ? "expired" : (daysLeft ?? ""),
      nextRotation ? nextRotation + late : "",
    ]);
  }
  return table.toString();
}

export const expiryCommand = command("expiry", {
  does: "Shows when each service's credential expires and when it rotates next. It also warns of Azure API versions that retire soon.",
  exitCodes: {
    0: "no problem",
    1: "a credential expires before its rotation, or a rotation is overdue",
    2: "it could not run",
  },
  example: "pulumi stack output --json | npm run --silent expiry -- --within 30d",
})
  .argument("[file]", "the output of `pulumi stack output --json`; - is standard input", "-")
  .option(
    "-w, --within <days>",
    "fail if a credential expires sooner and before its next rotation, for example 30d",
    days,
  )
  .option("-l, --late <days>", "with --within: fail if a rotation is overdue by more than this number of days", days, 3)
  .addOption(dateOption)
  .option("--json", "print JSON")
  .action((file: string, options: ExpiryOptions) => exitCodeOf(expiry(file, options)));
runIfProgram(__filename, expiryCommand);
