import type { Rule } from "@microservice-identities/review/rule";
import { rules } from "@microservice-identities/review/rules/index";

/** The page that findings link to: `docs/review-rules.md`. */
export const ruleDocs = (): string =>
  [
    "# The rules of the review",
    "",
    `Each finding names one of these ${rules.length} rules. \`npm run review\` fails for new findings of high severity; in the policy pack they are mandatory. A rule can give single findings a lower severity than its own.`,
    "",
    "To accept a finding, name an owner and a last day in `stacks/waivers.yaml`, at most a year from now:",
    "",
    "```yaml",
    "# stacks/waivers.yaml",
    "waivers:",
    "  - rule: unknown-reader",
    "    subject: Payments on call at payments-vault",
    "    # The message of the finding. If the message changes, the waiver no longer applies.",
    "    accepts: is not a managed identity of this stack, but has access (Key Vault Secrets User)",
    "    stack: prod",
    "    reason: People on call read the secret when the service cannot.",
    "    owner: the payments team",
    '    until: "2027-06-30"',
    "```",
    "",
    ...rules.flatMap(section),
  ].join("\n");

const section = ({ id, severity, rationale, remedy, references = [], compares }: Rule): string[] => [
  `## ${id}`,
  "",
  `Severity: ${severity}.${compares ? " Only in a comparison." : ""}`,
  "",
  rationale,
  "",
  `What to do: ${remedy}`,
  "",
  ...(references.length > 0 ? [`See also: ${references.join(", ")}.`, ""] : []),
];
