import { microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const openApi: Rule = {
  id: "open-api",
  severity: "high",
  rationale: "Without a required assignment every application of the tenant gets a token for the API.",
  remedy: "Set `appRoleAssignmentRequired: true`.",
  references: ["Maester MT.1075"],
  check: ({ resources }) =>
    ofType(resources, "azuread:ServicePrincipal")
      .filter(({ properties }) => properties.appRoleAssignmentRequired !== true)
      // Microsoft's own cannot be closed. Any other that exists is changed by this resource, as if it were made here.
      .filter(
        ({ properties }) => properties.useExisting !== true || microsoftApiNamed(properties.clientId) === undefined,
      )
      .map((principal) => ({ subject: ofResource(principal), message: "gives any application of the tenant a token" })),
};
