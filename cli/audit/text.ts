import { visible } from "@microservice-identities/review/report/visible";
import type { Finding } from "@microservice-identities/review/rule";
import { type Audit, conclusion } from "./audit";
import type { Extra } from "./extra";

/** The result for a terminal: access that is not declared, data that could not be read, and the conclusion. */
export function auditText(audit: Audit): string {
  const { stack, today, findings, waived, unseen } = audit;
  return [
    `Audit of ${visible(stack)} on ${today}`,
    ...findings.flatMap((finding) => ["", ...linesOf(finding).map(visible)]),
    ...(waived.length === 0 ? [] : ["", `${waived.length} accepted:`]),
    ...waived.map(({ rule, subject, waiver: { reason, owner, until } }) =>
      visible(`  ${subject} (${rule}) until ${until} by ${owner}: ${reason}`),
    ),
    ...(unseen.length === 0 ? [] : ["", "Could not be read:"]),
    ...unseen.map(({ what, needs, reason, count }) =>
      visible(`  ${what}${count > 1 ? ` (${count} requests)` : ""}: needs ${needs}; ${reason}`),
    ),
    "",
    visible(conclusion(audit)),
  ].join("\n");
}

function linesOf(finding: Extra | Finding): string[] {
  const { severity, rule, subject, message, remedy } = finding;
  const head = `  ${severity.padEnd(6)}  ${subject} ${message} (${rule})`;
  if (!("away" in finding)) return [head, `          ${remedy}`];
  const { since, takeOver = [], away } = finding;
  return [
    head,
    `          since:  ${since ?? "Azure does not record it here; the activity log of the directory or the subscription contains it"}`,
    ...takeOver.map((command) => `          import: ${command}`),
    ...away.map((command) => `          remove: ${command}`),
  ];
}
