import { nameOf } from "../resources";
import type { Rule } from "../rule";

export const openApi: Rule = {
  id: "open-api",
  severity: "high",
  rationale: "Without a required assignment every application of the tenant gets a token for the API.",
  remedy: "Set `appRoleAssignmentRequired: true`.",
  check: ({ resources }) =>
    resources
      .filter(({ type }) => type.endsWith(":ServicePrincipal"))
      .filter(({ properties }) => properties.appRoleAssignmentRequired !== true)
      .map(({ urn }) => ({ subject: nameOf(urn), message: "gives any application of the tenant a token" })),
};
