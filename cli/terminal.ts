import type { DeploymentResult } from "@microservice-identities/engine/deployment/stack";
import { differencesOf, type ProofReport } from "@microservice-identities/proof/report";
import type { Sample } from "@microservice-identities/proof/sample";
import Table from "cli-table3";

/** The maximum width of a matrix, in columns: a wider one is unreadable if the lines wrap. */
const widestMatrix = 160;

/**
 * The matrix of all calls: a row for each caller, a column for each API. Without colour, so that it looks the same in a log. If
 * it would be too wide, a sentence replaces it.
 */
export function matrixText({ services, calls }: ProofReport): string {
  // In addition to the name, each column needs two blanks and a border.
  const width = services.reduce((sum, name) => sum + name.length + 3, 0);
  if (width > widestMatrix)
    return `No matrix: with ${services.length} services it would be wider than ${widestMatrix} columns. Each difference is listed below.`;
  const called = new Map(calls.map((call) => [`${call.caller} ${call.api}`, call]));
  const table = new Table({
    head: ["caller \\ API", ...services],
    style: { head: [], border: [], "padding-left": 1, "padding-right": 1 },
  });
  for (const caller of services) {
    table.push([
      caller,
      ...services.map((api) => {
        const call = called.get(`${caller} ${api}`);
        return call === undefined ? "" : cellText(call);
      }),
    ]);
  }
  return table.toString();
}

/** The result of an attempt: the roles of the token, one on each line, or that it was refused. */
export function cellText({ got, differences }: ProofReport["calls"][number]): string {
  const text = Array.isArray(got) ? got.join("\n") || "no role" : got === "AADSTS501051" ? "refused" : String(got);
  return differences.length > 0 ? `WRONG\n${text}` : text;
}

export function proofText(report: ProofReport): string {
  const { calls, vaults, credentials } = report;
  const declared = calls.filter((call) => call.declared.length > 0);
  const holds = (observations: readonly { differences: readonly string[] }[]) =>
    `${observations.filter(({ differences }) => differences.length === 0).length} of ${observations.length}`;
  const foreign = vaults.filter(({ reader, vault }) => reader !== vault);
  const own = vaults.filter(({ reader, vault }) => reader === vault);
  const differences = differencesOf(report);
  return [
    matrixText(report),
    "",
    `  declared calls    ${holds(declared)} got a token with exactly the declared roles, and only these work`,
    `  all other calls   ${holds(calls.filter((call) => call.declared.length === 0))} were refused with AADSTS501051`,
    `  own vaults        ${holds(own)} returned the secret to their service, and refused to list secrets`,
    `  foreign vaults    ${holds(foreign)} reads were refused with 403`,
    ...(credentials.length > 0
      ? [`  credentials       ${holds(credentials)} services have exactly the deployed credentials in Entra`]
      : []),
    "",
    ...(differences.length === 0
      ? ["The landscape is as declared."]
      : [
          `The landscape is NOT as declared, ${differences.length} difference(s):`,
          ...differences.map((each) => `  ${each}`),
        ]),
  ].join("\n");
}

/** How many of the refusals a proof tried at most, and how they were selected. */
export const refusalsTried = ({ size, seed }: Sample): string =>
  `Refusals tried: at most ${size} calls and ${size} reads of vaults, selected by the seed ${seed}.`;

/** The resources by type, and what the deployment changed. */
export function deploymentText({ engine, operations, resources }: Omit<DeploymentResult, "outputs">): string {
  const total = Object.values(resources).reduce((sum, count) => sum + count, 0);
  const done = Object.entries(operations).flatMap(([operation, count]) => (count > 0 ? [`${count} ${operation}`] : []));
  const rows = Object.entries(resources).map(([type, count]) => [type.split(":").pop() ?? type, count] as const);
  return [
    `Deployed ${total} resources (${done.join(", ")}) with ${engine}:`,
    ...rows.sort(([a], [b]) => a.localeCompare(b)).map(([type, count]) => `  ${String(count).padStart(4)}  ${type}`),
  ].join("\n");
}

/** The time of each phase, and the total. @param times in milliseconds, by the name of the phase */
export function timesText(times: Readonly<Record<string, number>>): string {
  const total = Object.values(times).reduce((sum, time) => sum + time, 0);
  const rows: readonly (readonly [string, number])[] = [...Object.entries(times), ["Total", total]];
  const width = Math.max(22, ...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, time]) => `  ${name.padEnd(width)}${seconds(time)}`).join("\n");
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
