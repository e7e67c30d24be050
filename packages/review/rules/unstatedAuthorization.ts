import type { Rule } from "../rule";
import { brokenVaults } from "../vault";

export const unstatedAuthorization: Rule = {
  id: "unstated-authorization",
  severity: "medium",
  rationale: "Whether role assignments or access policies control a vault depends on the default of the API version.",
  remedy: "Set `enableRbacAuthorization` explicitly.",
  references: ["PSRule AZR-000388"],
  check: ({ resources }) =>
    brokenVaults(
      resources,
      ({ enableRbacAuthorization }) => enableRbacAuthorization === undefined,
      "does not state whether roles or access policies control it",
    ),
};
