import type { Rule } from "../rule";
import { brokenVaults } from "../vault";

export const unstatedAuthorization: Rule = {
  id: "unstated-authorization",
  severity: "medium",
  rationale: "Who decides over a vault, roles or policies, is by default another thing in another API version.",
  remedy: "State `enableRbacAuthorization`.",
  references: ["PSRule AZR-000388"],
  check: ({ resources }) =>
    brokenVaults(
      resources,
      ({ enableRbacAuthorization }) => enableRbacAuthorization === undefined,
      "does not state whether roles or policies decide",
    ),
};
