import { readTextFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { check, type Problem, ProblemsError } from "@microservice-identities/validation/problems";
import { guid, matching } from "@microservice-identities/validation/schemas";
import { z } from "zod";
import { type BulkReader, TenantError } from "../adoption/tenant";
import { Reading } from "../audit/reading";
import type { SignInCount } from "./evidence";

/**
 * The query for the Log Analytics workspace that receives the tenant's service principal sign-ins. Its rows without a caller
 * show which days the log covers.
 * https://learn.microsoft.com/azure/azure-monitor/reference/tables/aadserviceprincipalsigninlogs
 *
 * @param callers the client ids of the stack's services
 * @param from the first day
 */
export function signInQuery(callers: readonly string[], from: string): string {
  return [
    `let from = datetime(${from});`,
    `let callers = dynamic([${callers.map((id) => JSON.stringify(id)).join(", ")}]);`,
    "let signIns = AADServicePrincipalSignInLogs",
    "    | where TimeGenerated >= from",
    '    | extend Day = format_datetime(TimeGenerated, "yyyy-MM-dd");',
    "signIns",
    "| where AppId in~ (callers)",
    "| summarize Count = count() by Day, Caller = AppId, Api = ResourceIdentity, Result = toint(ResultType)",
    '| union (signIns | summarize Count = count() by Day | extend Caller = "", Api = "", Result = int(0))',
    "| order by Day asc, Caller asc, Api asc, Result asc",
    "",
  ].join("\n");
}

/** The Azure CLI writes the numbers of a query's table as strings, for example `"Count": "3"`. */
const whole = z.preprocess(
  (given) => (typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given),
  z.int({ error: "a whole number" }).min(0),
);
const row = z.object({
  Day: matching(isoDate),
  Caller: guid().or(z.literal("")),
  Api: z.string(),
  Result: whole,
  Count: whole,
});

/**
 * Reads the answer to {@link signInQuery}, as `az monitor log-analytics query --output json` writes it. Rows without a caller
 * are days that the log covers.
 *
 * @throws UserError for a file that cannot be read; ProblemsError for wrong rows: it describes the first twenty, and counts the others
 */
export function readSignIns(file: string): SignInCount[] {
  const rows = listIn(file);
  const problems: Problem[] = [];
  const counts = rows.flatMap((data, index) => {
    const checked = check(row, data);
    if ("data" in checked) {
      const { Day: day, Caller: caller, Api: api, Result: code, Count: count } = checked.data;
      return [{ day, caller, api, code, count }];
    }
    problems.push(...checked.problems.map((each) => ({ ...each, text: `[${index}].${each.text}` })));
    return [];
  });
  if (problems.length > 0) throw new ProblemsError(file, problems.slice(0, mostProblems));
  return counts;
}

const mostProblems = 20;

function listIn(file: string): unknown[] {
  const wrong = (words: string) =>
    new ProblemsError(file, [
      {
        path: [],
        text: `${words}; allowed: the JSON list that \`az monitor log-analytics query --output json\` writes`,
      },
    ]);
  let data: unknown;
  try {
    data = JSON.parse(readTextFile(file));
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong("the content is not JSON");
    throw error;
  }
  if (!Array.isArray(data)) throw wrong("the content is not a list");
  return data;
}

const signIn = z.object({
  createdDateTime: z.string(),
  appId: z.string(),
  resourceId: z.string().nullish(),
  status: z.object({ errorCode: z.int() }),
});

/**
 * The sign-ins of service principals from Microsoft Graph, which keeps them for 30 days, or 7 without a premium licence. It needs
 * AuditLog.Read.All. https://learn.microsoft.com/graph/api/signin-list,
 * https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention
 *
 * @param callers the client ids of the stack's services
 * @param from the first day
 * @param reading how to retry if Microsoft Graph throttles. Default: with the pauses that Graph needs
 * @throws TenantError that names the missing permission
 */
export async function signInsOf(
  tenant: BulkReader,
  callers: readonly string[],
  from: string,
  reading = new Reading(tenant),
): Promise<SignInCount[]> {
  const found: SignInCount[] = [];
  // One after the other: https://learn.microsoft.com/graph/throttling-limits#identity-and-access-reports-service-limits
  for (const caller of callers) {
    const path = signInPath(caller, from);
    const rows = await reading.tried("the sign-ins", permission, () => tenant.list(path, "beta"));
    const [refused] = reading.unseen;
    if (!rows) throw new TenantError(`cannot read the sign-ins, which needs ${permission}: ${refused?.reason}`);
    for (const data of rows) {
      const { createdDateTime, appId, resourceId, status } = signIn.parse(data);
      found.push({
        day: createdDateTime.slice(0, 10),
        caller: appId,
        api: resourceId ?? "",
        code: status.errorCode,
        count: 1,
      });
    }
  }
  return found;
}

/** A service's sign-ins from a day on, in the beta version. */
export function signInPath(caller: string, from: string): string {
  const filter = `signInEventTypes/any(t: t eq 'servicePrincipal') and appId eq '${caller}' and createdDateTime ge ${from}T00:00:00Z`;
  return `auditLogs/signIns?$filter=${encodeURIComponent(filter)}&$top=999`;
}

const permission = "AuditLog.Read.All in Microsoft Graph and a premium licence of the tenant";
