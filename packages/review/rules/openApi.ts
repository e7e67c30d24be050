import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Rule } from "../rule";

export const openApi: Rule = {
  id: "open-api",
  severity: "high",
  rationale: "Without a required assignment every application of the tenant gets a token for the API.",
  remedy: "Set `appRoleAssignmentRequired: true`.",
  references: ["Maester MT.1075"],
  check: ({ resources }) =>
    resources
      .filter(({ type }) => type.endsWith(":ServicePrincipal"))
      // One that exists already, like Microsoft Graph's, is not this stack's to close.
      .filter(({ properties }) => properties.appRoleAssignmentRequired !== true && properties.useExisting !== true)
      .map(({ urn }) => ({ subject: nameOf(urn), message: "gives any application of the tenant a token" })),
};
