import type { Rule } from "@microservice-identities/review/rule";
import { rules } from "@microservice-identities/review/rules/index";

/** The page that findings link to: `docs/review-rules.md`. */
export const ruleDocs = (): string =>
  [
    "# The rules of the review",
    "",
    `Each finding names one of these ${rules.length} rules. \`npm run review\` fails for new findings of high severity; in the policy pack, rules of high severity are mandatory. A rule can give individual findings a lower severity than its own.`,
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
    ...ofWaivers.flatMap(section),
  ].join("\n");

/** The parts of a rule that the page shows. */
type Described = Pick<Rule, "id" | "severity" | "rationale" | "remedy" | "references" | "compares" | "needsUsage">;

/** Findings about the waivers themselves. No waiver can accept them. */
const ofWaivers: readonly Described[] = [
  {
    id: "new-waiver",
    severity: "medium",
    rationale:
      "The change adds a waiver, or lets one last longer. Such a waiver does not cover findings of the same change. This finding (`new-waiver`) cannot itself be waived.",
    remedy: "Let the waiver's owner confirm it in the pull request that adds it.",
    compares: true,
  },
  {
    id: "unused-waiver",
    severity: "medium",
    rationale:
      "The waiver accepts a finding that no longer exists, or whose message has changed. It could accept a later finding that nobody has looked at.",
    remedy: "Remove the waiver. If the message has changed, check why, and let the owner accept the finding again.",
  },
  {
    id: "expired-waiver",
    severity: "medium",
    rationale: "The last day of the waiver has passed, so it no longer accepts the finding.",
    remedy: "Correct the finding, or let the owner renew the waiver.",
  },
];

const section = ({ id, severity, rationale, remedy, references = [], compares, needsUsage }: Described): string[] => [
  `## ${id}`,
  "",
  `Severity: ${severity}.${compares ? " Only in a comparison." : ""}${needsUsage ? " Only with a usage report." : ""}`,
  "",
  rationale,
  "",
  `What to do: ${remedy}`,
  "",
  ...(references.length > 0 ? [`See also: ${references.join(", ")}.`, ""] : []),
];
