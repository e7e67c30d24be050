import type { Rule } from "./rule";
import { unusedGrant } from "./rules/unusedGrant";

type Described = Pick<Rule, "id" | "severity" | "rationale" | "remedy">;

/** What only `npm run usage` finds: the review does not know who was refused. */
export const refusedCall = {
  id: "refused-call",
  severity: "medium",
  rationale:
    "If a service asks for access that it was not granted, a grant is missing, the service has a mistake, or somebody else uses it.",
  remedy: "Find out why it asks. If it needs the role, declare the call with its reason.",
} as const satisfies Described;

/** What `npm run usage` lists. Waivers accept it by these ids, as they accept findings of the rules. */
export const usageRules: readonly Described[] = [unusedGrant, refusedCall];
