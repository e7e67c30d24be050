import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Declarations } from "../declarations";
import type { Review } from "../review";
import type { Finding, Rule, Severity } from "../rule";
import { rules } from "../rules";
import { keyOf } from "../subject";
import { visible } from "./visible";

const levels: Record<Severity, Result.level> = { high: "error", medium: "warning", low: "note" };

/** For code scanning: SARIF 2.1.0, each finding at the line that it is about. */
export const reviewSarif = (review: Review, declarations: Pick<Declarations, "placeOf">): string =>
  findingsSarif("access-review", rules, review, declarations);

/**
 * Findings of any check as SARIF.
 *
 * @param tool the name of the check
 * @param checked its rules
 */
export function findingsSarif(
  tool: string,
  checked: readonly Pick<Rule, "id" | "severity" | "rationale" | "remedy" | "references">[],
  { findings, waived }: Pick<Review, "findings" | "waived">,
  declarations: Pick<Declarations, "placeOf">,
): string {
  const resultOf = ({ rule, severity, subject, about, at, message, remedy }: Finding): Result => {
    const { file, line } = declarations.placeOf(about, at);
    return {
      ruleId: rule,
      level: levels[severity],
      message: { text: inSarif(`${subject} ${message}. ${remedy}`) },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: file, uriBaseId: "%SRCROOT%" }, region: { startLine: line } },
          logicalLocations: [{ name: visible(subject) }],
        },
      ],
      // The fingerprint does not contain the line, so it stays the same when lines move.
      partialFingerprints: { "subject/v1": keyOf(rule, ...about) },
    };
  };
  const log: Log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: tool, rules: descriptorsOf(checked, findings) } },
        results: [
          ...findings.map(resultOf),
          ...waived.map((finding) => ({
            ...resultOf(finding),
            suppressions: [
              { kind: "external" as const, status: "accepted" as const, justification: visible(finding.waiver.reason) },
            ],
          })),
        ],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** The rules, and the kinds of findings about waivers. */
function descriptorsOf(
  checked: readonly Pick<Rule, "id" | "severity" | "rationale" | "remedy" | "references">[],
  findings: readonly Finding[],
): ReportingDescriptor[] {
  const ofRules = checked.map(({ id, severity, rationale, remedy, references = [] }) => ({
    id,
    shortDescription: { text: rationale },
    help: { text: [remedy, ...references].join("\n") },
    defaultConfiguration: { level: levels[severity] },
  }));
  const others = [...new Set(findings.map(({ rule }) => rule))].filter((id) => !checked.some((rule) => rule.id === id));
  return [...ofRules, ...others.map((id) => ({ id }))];
}

/** SARIF interprets `[text](1)` as a link, and `{0}` as an argument: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ 3.11.5, 3.11.6 */
const inSarif = (text: string): string =>
  visible(text)
    .replaceAll(/[[\]\\]/g, "\\$&")
    .replaceAll("{", "{{")
    .replaceAll("}", "}}");
