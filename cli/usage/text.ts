import { capped } from "@microservice-identities/review/capped";
import { visible } from "@microservice-identities/review/report/visible";
import type { Finding } from "@microservice-identities/review/rule";
import type { SavedUsage } from "@microservice-identities/review/usage/savedUsage";
import { counted } from "@microservice-identities/validation/counted";
import { conclusion, editInWords, isMissingGrant, statesInWords, type UsageFinding, type UsageReport } from "./report";

/** The report for a terminal: findings with their edits, grants with too little evidence, and the conclusion. */
export function usageText(report: UsageReport): string {
  const { usage, findings, waived } = report;
  const { stack, from, today, grants } = usage;
  const open = grants.filter(({ state }) => state === "unknown" || state === "token" || state === "young");
  const others = usage.refused.filter((refused) => !isMissingGrant(refused));
  return [
    `Use of the grants of ${visible(stack)} from ${from} to ${today}`,
    ...findings.flatMap((finding) => ["", ...linesOf(finding)]),
    ...(waived.length === 0 ? [] : ["", `${waived.length} accepted:`]),
    ...waived.map(({ rule, subject, waiver: { reason, owner, until } }) =>
      visible(`  ${subject} (${rule}) until ${until} by ${owner}: ${reason}`),
    ),
    ...(open.length === 0 ? [] : ["", "Not decided:"]),
    ...open.map(({ caller, api, role, state, reason, days, tokens }) =>
      visible(
        `  ${caller} → ${api} ${role}: ${reason ?? statesInWords[state]} (${counted(days, "day")} recorded, ${counted(tokens, "token")})`,
      ),
    ),
    ...(others.length === 0 ? [] : ["", "Also refused, but not because of a missing grant:"]),
    ...capped(
      others.map(({ caller, api, code, count, last }) =>
        visible(
          `  ${caller || "an unknown caller"} → ${api || "no API"}: ${code}, ${counted(count, "time")}, last on ${last}`,
        ),
      ),
      mostOthers,
    ),
    ...(usage.others.length === 0 ? [] : ["", "Recorded uses that belong to no grant of the stack:"]),
    ...capped(usage.others.map(otherLine), mostOthers),
    ...(usage.later === 0 ? [] : ["", laterLine(usage)]),
    "",
    visible(conclusion(report)),
  ].join("\n");
}

const mostOthers = 20;

/** A use that belongs to no grant of the stack. */
export const otherLine = ({ caller, api, role, count, last }: SavedUsage["others"][number]): string =>
  visible(
    role === ""
      ? `  ${caller} → ${api || "no API"}: ${counted(count, "token")}, last on ${last}`
      : `  ${caller} → ${api} ${role}: ${counted(count, "request")}, last on ${last}`,
  );

export const laterLine = ({ later, today }: Pick<SavedUsage, "later" | "today">): string =>
  `${counted(later, "record")} of days after ${today} ${later === 1 ? "was" : "were"} ignored: a clock or --date is wrong.`;

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
