import { visible } from "@microservice-identities/review/report/visible";
import type { Finding } from "@microservice-identities/review/rule";
import { conclusion, editInWords, statesInWords, type UsageFinding, type UsageReport } from "./report";

/** The report for a terminal: findings with their edits, grants about which too little is known, and the conclusion. */
export function usageText(report: UsageReport): string {
  const { usage, findings, waived } = report;
  const { stack, from, today, grants } = usage;
  const open = grants.filter(({ state }) => state === "unknown" || state === "token" || state === "young");
  return [
    `Use of the grants of ${visible(stack)} from ${from} to ${today}`,
    ...findings.flatMap((finding) => ["", ...linesOf(finding)]),
    ...(waived.length === 0 ? [] : ["", `${waived.length} accepted:`]),
    ...waived.map(({ rule, subject, waiver: { reason, owner, until } }) =>
      visible(`  ${subject} (${rule}) until ${until} by ${owner}: ${reason}`),
    ),
    ...(open.length === 0 ? [] : ["", "Not judged:"]),
    ...open.map(({ caller, api, role, state, days, tokens }) =>
      visible(
        `  ${caller} → ${api} ${role}: ${statesInWords[state]} (${days} ${days === 1 ? "day" : "days"} recorded, ${tokens} ${tokens === 1 ? "token" : "tokens"})`,
      ),
    ),
    "",
    visible(conclusion(report)),
  ].join("\n");
}

function linesOf(finding: UsageFinding | Finding): string[] {
  const { severity, rule, subject, message, remedy } = finding;
  return [
    visible(`  ${severity.padEnd(6)}  ${subject} ${message} (${rule})`),
    visible(`          ${remedy}`),
    ...editLines(finding).map((line) => `          ${line}`),
  ];
}

/** The edit, if there is one: a patch, or words. */
export function editLines(finding: UsageFinding | Finding): string[] {
  if (!("edit" in finding) || !finding.edit) return [];
  const { edit, patch } = finding;
  return patch === undefined
    ? [visible(`Edit: ${editInWords(edit)}`)]
    : patch
        .trimEnd()
        .split("\n")
        .map((line) => visible(line));
}
