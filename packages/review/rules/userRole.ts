import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Rule } from "../rule";

export const userRole: Rule = {
  id: "user-role",
  severity: "medium",
  rationale: "A role that people can be given is one that a service's guard takes for a service.",
  remedy: 'Set `allowedMemberTypes: ["Application"]`.',
  check: ({ resources }) =>
    resources
      .filter(({ type }) => type.endsWith(":ApplicationAppRole"))
      .filter(({ properties }) => (properties.allowedMemberTypes as string[] | undefined)?.includes("User"))
      .map(({ urn }) => ({ subject: nameOf(urn), message: "can be given to people and groups" })),
};
