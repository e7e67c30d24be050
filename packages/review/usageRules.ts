import type { Rule } from "./rule";
import { unusedGrant } from "./rules/unusedGrant";

/** What `npm run usage` lists. Waivers accept it by these ids, as they accept findings of the rules. */
export const usageRules = [
  unusedGrant,
  {
    id: "refused-call",
    severity: "medium",
    rationale:
      "A service that asks for what it was not granted lacks a grant, has a mistake, or is used by somebody else.",
    remedy: "Find out why it asks. If it needs the role, declare the call with its reason.",
  },
] as const satisfies readonly Pick<Rule, "id" | "severity" | "rationale" | "remedy">[];
