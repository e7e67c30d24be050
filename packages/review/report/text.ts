import Table from "cli-table3";
import type { AccessModel, Grant } from "../accessModel";
import { capped } from "../capped";
import type { Review } from "../review";
import type { Finding } from "../rule";
import { changeLines } from "./changeLines";
import { pageOfRule, type ReportContext } from "./context";
import { usageSentence } from "./usageSentence";
import { visible } from "./visible";
import { wrapped } from "./wrapped";

/** The review for a terminal: the change, then the findings, then the calls. */
export function reviewText(review: Review, context: ReportContext = {}): string {
  const { stack, today, base, model, change } = review;
  const { width = 100 } = context;
  return [
    wrapped(
      visible(`Access review of ${stack || "no stack"} on ${today}${base ? `, compared with ${base}` : ""}`),
      width,
      2,
    ),
    "",
    ...(change
      ? ["What the change does:", ...changeLines(change).map((line) => wrapped(`  ${line}`, width, 4)), ""]
      : []),
    findingsText(review, context),
    "",
    wrapped(usageSentence(review), width, 2),
    "",
    ...(model.grants.length > mostGrants
      ? [
          wrapped(
            `${model.grants.length} grants of ${model.services.length} services: more than ${mostGrants} are not shown here; --out review.html has all.`,
            width,
            2,
          ),
        ]
      : [
          ...matrixLines(model, width),
          wrapped("Who may call whom, with which app roles, and why:", width, 2),
          "",
          grantTable(model.grants, width),
        ]),
  ].join("\n");
}

/** The findings, and the waived ones. */
export function findingsText({ findings, waived, change, newFindings }: Review, context: ReportContext = {}): string {
  const added = new Set(change && newFindings);
  const { linkOf = pageOfRule, placeOf, width = 100 } = context;
  return [
    findings.length === 0
      ? "No rule is broken."
      : `${findings.length} findings${change ? `, ${newFindings.length} of them new` : ""}:`,
    ...groupsOf(findings).flatMap((group) => {
      const newFirst = [...group.filter((each) => added.has(each)), ...group.filter((each) => !added.has(each))];
      return [
        ...capped(
          newFirst.map((finding) => wrapped(findingLine(finding, added.has(finding), placeOf?.(finding)), width)),
          mostOfRule,
          restOfRule,
        ),
        wrapped(`          ${visible(group[0]?.remedy ?? "")} (${linkOf(group[0]?.rule ?? "")})`, width),
      ];
    }),
    ...(waived.length === 0 ? [] : ["", `${waived.length} waived:`]),
    ...waived.flatMap(({ rule, subject, message, waiver: { reason, owner, until } }) => [
      wrapped(visible(`  ${subject} ${message} (${rule})`), width),
      wrapped(visible(`          until ${until} by ${owner}: ${reason}`), width),
    ]),
  ].join("\n");
}

/** With a thousand services, nobody reads every row in a terminal. */
const mostGrants = 200;
const mostOfRule = 20;

const restOfRule = (more: number): string => `          and ${more} more of this rule; --out review.html has all`;

/** A row for each caller, a column for each API; nothing if the table is wider than the terminal. */
function matrixLines({ services, grants }: AccessModel, width: number): string[] {
  const apis = [...new Set(grants.map(({ api }) => api))].sort();
  const names = Math.max(...services.map((service) => service.length), "caller \\ API".length);
  // A column is at least three wider than the API's name. This estimate avoids drawing a table that is far too wide.
  if (apis.reduce((sum, api) => sum + api.length + 3, names + 4) > width) return [];
  const table = new Table({ head: ["caller \\ API", ...apis.map(visible)], style: { head: [], border: [] } });
  for (const caller of services)
    table.push([visible(caller), ...apis.map((api) => rolesAt(grants, caller, api).map(visible).join("\n"))]);
  const text = table.toString();
  return text.split("\n").some((line) => line.length > width) ? [] : [text, ""];
}

const rolesAt = (grants: readonly Grant[], caller: string, api: string): string[] =>
  grants.filter((grant) => grant.caller === caller && grant.api === api).map(({ role }) => role);

/** Names are never shortened. If they leave too little room for the reason, the reason is on a line of its own. */
function grantTable(grants: readonly Grant[], width: number): string {
  const rows = grants.map(({ caller, api, role, because = "", until }) =>
    [caller, api, role, until ? `${because} (until ${until})` : because].map(visible),
  );
  const head = ["caller", "API", "role", "because"];
  const longest = [0, 1, 2].map((column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)) + 2);
  const left = width - longest.reduce((sum, column) => sum + column, 0) - head.length - 1;
  const word = Math.max(...rows.flatMap((row) => row[3]?.split(" ").map((each) => each.length) ?? []), 0) + 2;
  if (left < Math.max(leastReason, word))
    return rows
      .flatMap(([caller, api, role, because]) => [
        wrapped(`  ${caller} → ${api} ${role}`, width, 4),
        wrapped(`      ${because}`, width, 6),
      ])
      .join("\n");
  const table = new Table({ head, style: { head: [], border: [] }, colWidths: [...longest, left], wordWrap: true });
  table.push(...rows);
  return table.toString();
}

const leastReason = 24;

/** Groups neighbours with the same remedy, which is printed once. */
const groupsOf = (findings: readonly Finding[]): Finding[][] =>
  findings.reduce<Finding[][]>((groups, finding) => {
    const last = groups.at(-1);
    if (last?.[0]?.rule === finding.rule && last[0].remedy === finding.remedy) last.push(finding);
    else groups.push([finding]);
    return groups;
  }, []);

const findingLine = (
  { severity, rule, subject, message }: Finding,
  isNew: boolean,
  place: string | undefined,
): string =>
  visible(
    `  ${severity.padEnd(6)}  ${subject} ${message} (${rule}${isNew ? ", new" : ""})${place ? ` at ${place}` : ""}`,
  );
