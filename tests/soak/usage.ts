import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import type { Finding } from "@microservice-identities/review/rule";
import { keyOf } from "@microservice-identities/review/subject";
import type { SavedUsage } from "@microservice-identities/review/usage/savedUsage";
import { readUsageLines } from "@microservice-identities/review/usage/usageLine";
import { deployedPair } from "@microservice-identities/test-support/deployedPair";
import {
  busyLandscape,
  lastDayOf,
  monthOfTraffic,
  type PlantedUse,
} from "@microservice-identities/test-support/monthOfTraffic";
import { writeLandscape } from "@microservice-identities/test-support/project";
import { localTenant } from "../../cli/adoption/localTenant";
import { rowOf } from "../../cli/audit/declared";
import { atLeast, command, exitCodeOf, runIfProgram } from "../../cli/command";
import { localConfig } from "../../cli/deployingCommand";
import { Evidence } from "../../cli/usage/evidence";
import { declaredUse } from "../../cli/usage/grants";
import { judge } from "../../cli/usage/judge";
import { landscapeFiles } from "../../cli/usage/landscapeFiles";
import { conclusion, type UsageReport, usageReport } from "../../cli/usage/report";
import { readSignIns, signInsOf } from "../../cli/usage/signIns";
import program from "../../stacks/index";

export interface SimulatedUse {
  readonly services: number;
  readonly days: number;
  readonly unused: number;
  readonly seed: number;
}

/** A report about simulated traffic, and the planted unused grants and refused calls. */
export interface JudgedUse {
  readonly report: UsageReport;
  /** The same usage, but with the sign-ins from Log Analytics instead of those from Microsoft Graph. */
  readonly byLogAnalytics: SavedUsage;
  readonly planted: readonly PlantedUse[];
  readonly requests: number;
  readonly tokens: number;
}

const from = "2026-11-02";

/** Deploys a landscape onto a local Azure, lets its services call each other for days, and reports their use. */
export async function simulatedUse({ services, days, unused, seed }: SimulatedUse): Promise<JudgedUse> {
  const folder = await mkdtemp(path.join(tmpdir(), "usage-"));
  let now = Date.parse(from);
  const pair = await deployedPair(program, from, () => now);
  try {
    await writeLandscape(pair.folder, "pair", busyLandscape(services));
    const { azure } = pair.azure;
    const stack = pair.stack();
    await stack.up({ config: { ...pair.config, ...localConfig(azure) } });
    const traffic = await monthOfTraffic({
      count: services,
      days,
      seed,
      unused,
      from,
      folder,
      pair,
      setClock: (milliseconds) => {
        now = milliseconds;
      },
    });
    const declared = declaredUse((await stack.resources()).map(rowOf));
    const today = lastDayOf(from, days);
    const [evidence, other] = [new Evidence(from, today), new Evidence(from, today)];
    for (const file of traffic.usageFiles)
      for (const line of readUsageLines(file)) {
        evidence.add(line);
        other.add(line);
      }
    const deployer = azure.addIdentity("reader", ["AuditLog.Read.All", "Directory.Read.All"]);
    const tenant = await localTenant({ ...azure, deployer });
    const callers = declared.services.map(({ clientId }) => clientId);
    for (const count of await signInsOf(tenant, callers, from)) evidence.addSignIn(count);
    await tenant.close();
    const answer = path.join(folder, "sign-ins.json");
    await writeFile(answer, JSON.stringify(logAnalyticsRows(azure, callers)));
    for (const count of readSignIns(answer)) other.addSignIn(count);
    const options = { stack: "dev", today, leastDays: days };
    const usage = judge(declared, evidence, options);
    return {
      ...traffic,
      report: usageReport(usage, declared, landscapeFiles(pair.folder, ["dev"])),
      byLogAnalytics: judge(declared, other, options),
    };
  } finally {
    await pair.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The local Azure's sign-ins in the format in which the az CLI prints the result of the query to Log Analytics. */
function logAnalyticsRows({ tenant }: LocalAzure, callers: readonly string[]): object[] {
  const signIns = tenant.signIns.all().map(({ createdDateTime, client, resource, errorCode }) => ({
    Day: createdDateTime.slice(0, 10),
    Caller: client.appId,
    Api: resource?.appId ?? "",
    Result: `${errorCode}`,
  }));
  const days = signIns.map(({ Day }) => ({ Day, Caller: "", Api: "", Result: "0" }));
  const rows = [...signIns.filter(({ Caller }) => callers.includes(Caller)), ...days];
  const counts = new Map<string, number>();
  for (const row of rows.map((each) => JSON.stringify(each))) counts.set(row, (counts.get(row) ?? 0) + 1);
  return [...counts].map(([row, count]) => ({ ...JSON.parse(row), Count: `${count}`, TableName: "PrimaryResult" }));
}

/** A key for comparing a finding with a planted use. */
export const keyOfUse = (about: readonly string[], message: string): string => keyOf(...about, message);

async function run(options: SimulatedUse): Promise<number> {
  const begun = performance.now();
  const { report, planted, requests, tokens } = await simulatedUse(options);
  const { services, days, seed } = options;
  const listed = new Map(report.findings.map((each: Finding) => [keyOfUse(each.about, each.message), each]));
  const wanted = new Map(
    planted.map(([caller, api, role, message]) => [keyOfUse([caller, api, role], message), message]),
  );
  const missing = [...wanted.keys()].filter((key) => !listed.has(key));
  const wrong = [...listed.keys()].filter((key) => !wanted.has(key));
  const withoutPatch = report.findings.filter((each) => "edit" in each && each.edit && each.patch === undefined);
  console.log(
    `${services} services, ${days} days, seed ${seed}: ${requests} requests and ${tokens} token requests in ${((performance.now() - begun) / 1000).toFixed(0)} s.`,
  );
  console.log(
    `${planted.length} planted: ${missing.length} not listed, ${wrong.length} listed that were not planted; ${withoutPatch.length} edits without a patch.`,
  );
  for (const key of [...missing, ...wrong]) console.log(`  ${key}`);
  console.log(conclusion(report));
  return missing.length + wrong.length + withoutPatch.length + report.unknown.length === 0 ? 0 : 1;
}

export const usageTestCommand = command("test:usage", {
  does: "Deploys a landscape onto a local Azure, and lets its services call each other for some simulated days. Some grants are never used, or used only to read. It checks that the usage report names exactly these.",
  exitCodes: { 0: "exactly these were named", 1: "other grants were named", 2: "it could not run" },
  example: "npm run test:usage -- --services 40 --days 30 --seed 25",
})
  .option("--services <count>", "how many services to deploy", atLeast(5), 40)
  .option("--days <count>", "how many days of traffic", atLeast(2), 30)
  .option("--unused <count>", "how many grants are not used", atLeast(1), 30)
  .option("-s, --seed <number>", "selects which grants are not used", atLeast(1), 1)
  .action((options: SimulatedUse) => exitCodeOf(run(options)));
runIfProgram(__filename, usageTestCommand);
