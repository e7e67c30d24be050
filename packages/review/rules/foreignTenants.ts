import { isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { applicationTypes } from "../access/directory";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const foreignTenants: Rule = {
  id: "foreign-tenants",
  severity: "high",
  rationale: "With an audience beyond this tenant, applications of other tenants can get tokens for the API.",
  remedy: 'Set `signInAudience: "AzureADMyOrg"`.',
  check: ({ resources }) =>
    ofType(resources, ...applicationTypes)
      // An unknown value is reported by unknown-value.
      .filter(({ properties: { signInAudience } }) => signInAudience !== undefined && !isUnknown(signInAudience))
      .filter(({ properties: { signInAudience } }) => signInAudience !== "AzureADMyOrg")
      .map((application) => ({
        subject: ofResource(application),
        message: `is open to ${application.properties.signInAudience}`,
      })),
};
