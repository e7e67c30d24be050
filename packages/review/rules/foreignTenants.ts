import { isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { applicationTypes } from "../access/directory";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const foreignTenants: Rule = {
  id: "foreign-tenants",
  severity: "high",
  rationale: "An audience of other tenants lets applications in that nobody here has registered.",
  remedy: 'Set `signInAudience: "AzureADMyOrg"`.',
  check: ({ resources }) =>
    ofType(resources, ...applicationTypes)
      // One that is not known is told by unknown-value.
      .filter(({ properties: { signInAudience } }) => signInAudience !== undefined && !isUnknown(signInAudience))
      .filter(({ properties: { signInAudience } }) => signInAudience !== "AzureADMyOrg")
      .map((application) => ({
        subject: ofResource(application),
        message: `is open to ${application.properties.signInAudience}`,
      })),
};
