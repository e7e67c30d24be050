import { table } from "@microservice-identities/review/report/htmlTable";
import { escaped, page } from "@microservice-identities/review/report/page";
import type { Finding } from "@microservice-identities/review/rule";
import { type Audit, conclusion } from "./audit";
import type { Extra } from "./extra";

/** The audit as one page, the conclusion first. */
export function auditHtml(audit: Audit): string {
  const { stack, today, findings, waived, unseen } = audit;
  const state = findings.length > 0 || unseen.length > 0 ? "wrong" : "holds";
  return page({
    title: `Audit of stack ${stack}`,
    body: [
      `<p class="${state}">${escaped(conclusion(audit))}</p>`,
      `<p>Read on ${escaped(today)}.</p>`,
      "<h2>Not declared</h2>",
      findings.length === 0
        ? "<p>Nothing was found.</p>"
        : table(["severity", "what is there, and how to import or remove it"], findings.map(rowOf)),
      ...(unseen.length === 0
        ? []
        : [
            "<h2>Could not be read</h2>",
            table(
              ["what", "needs", "reason"],
              unseen.map(({ what, needs, reason }) => [what, needs, reason].map(escaped)),
            ),
          ]),
      ...(waived.length === 0
        ? []
        : [
            "<h2>Accepted</h2>",
            table(
              ["what", "reason", "owner", "until"],
              waived.map(({ subject, message, waiver: { reason, owner, until } }) =>
                [`${subject} ${message}`, reason, owner, until].map(escaped),
              ),
            ),
          ]),
    ].join("\n"),
  });
}

function rowOf(finding: Extra | Finding): string[] {
  const { severity, rule, subject, message, remedy } = finding;
  const { since = "", takeOver = [], away = [] } = "away" in finding ? finding : {};
  // Below each other: two columns of commands would be wider than a screen.
  const commands = (word: string, lines: readonly string[]) =>
    lines.map((line) => `<small>${word}: <code>${escaped(line)}</code></small>`).join("");
  return [
    `<span class="${severity}">${severity}</span>`,
    [
      // Ids are longer than the screen of a phone.
      '<div style="overflow-wrap:anywhere">',
      `<strong>${escaped(subject)}</strong> ${escaped(message)}`,
      `<small>${escaped(rule)}: ${escaped(remedy)}${since ? ` Since ${escaped(since)}.` : ""}</small>`,
      commands("import", takeOver),
      commands("remove", away),
      "</div>",
    ].join(""),
  ];
}
