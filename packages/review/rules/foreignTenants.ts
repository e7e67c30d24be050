import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Rule } from "../rule";

export const foreignTenants: Rule = {
  id: "foreign-tenants",
  severity: "high",
  rationale: "An audience of other tenants lets applications in that nobody here has registered.",
  remedy: 'Set `signInAudience: "AzureADMyOrg"`.',
  check: ({ resources }) =>
    resources
      .filter(({ type }) => /:(ApplicationRegistration|Application)$/.test(type))
      .filter(({ properties }) => ![undefined, "AzureADMyOrg"].includes(properties.signInAudience as string))
      .map(({ urn, properties }) => ({ subject: nameOf(urn), message: `is open to ${properties.signInAudience}` })),
};
