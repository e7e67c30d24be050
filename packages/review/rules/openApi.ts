import { microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const openApi: Rule = {
  id: "open-api",
  severity: "high",
  rationale: "If assignment is not required, every application of the tenant can get a token for the API.",
  remedy: "Set `appRoleAssignmentRequired: true`.",
  references: ["Maester MT.1075"],
  check: ({ resources }) =>
    ofType(resources, "azuread:ServicePrincipal")
      .filter(({ properties }) => properties.appRoleAssignmentRequired !== true)
      // Microsoft's own APIs cannot require assignment. This resource changes any other existing service principal as if the stack had created it.
      .filter(
        ({ properties }) => properties.useExisting !== true || microsoftApiNamed(properties.clientId) === undefined,
      )
      .map((principal) => ({
        subject: ofResource(principal),
        message: "lets any application of the tenant get a token",
      })),
};
