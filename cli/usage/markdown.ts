import { inText } from "@microservice-identities/review/report/inMarkdown";
import { conclusion, statesInWords, type UsageReport } from "./report";
import { editLines, laterLine, otherLine } from "./text";

/** The report for a pull request or a wiki: the findings with their edits, and a row for each grant. */
export function usageMarkdown(report: UsageReport): string {
  const { usage, findings } = report;
  return [
    `## Use of the grants of ${inText(usage.stack)}`,
    "",
    inText(conclusion(report)),
    "",
    ...findings.flatMap((finding) => {
      const edit = editLines(finding);
      // A patch could itself contain a line that ends a code block.
      const fence = "`".repeat(Math.max(3, ...edit.map((line) => (/`+/.exec(line)?.[0].length ?? 0) + 1)));
      return [
        `- **${finding.severity}** ${inText(`${finding.subject} ${finding.message}`)} (\`${finding.rule}\`). ${inText(finding.remedy)}`,
        "",
        ...(edit.length > 0 ? [`  ${fence}diff`, ...edit.map((line) => `  ${line}`), `  ${fence}`, ""] : []),
      ];
    }),
    "| caller | API | role | state | requests | last | recorded days |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...usage.grants.map(({ caller, api, role, state, reason, uses, last = "", days }) =>
      row([caller, api, role, reason ?? statesInWords[state], `${uses}`, last, `${days}`]),
    ),
    "",
    ...(usage.others.length === 0 ? [] : ["Recorded uses that belong to no grant of the stack:", ""]),
    ...usage.others.map((other) => `- ${inText(otherLine(other).trim())}`),
    ...(usage.others.length === 0 ? [] : [""]),
    ...(usage.later === 0 ? [] : [inText(laterLine(usage)), ""]),
  ].join("\n");
}

const row = (cells: readonly string[]): string => `| ${cells.map(inText).join(" | ")} |`;
