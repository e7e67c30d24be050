import { listOf } from "../access/offeredRoles";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const delegatedScope: Rule = {
  id: "delegated-scope",
  severity: "medium",
  rationale:
    "With a delegated scope, an application calls the API with the rights of a signed-in person. App roles do not limit such calls.",
  remedy: "Remove the scope from an API that only services call.",
  check: ({ resources }) =>
    [
      ...ofType(resources, "azuread:ApplicationPermissionScope"),
      ...ofType(resources, "azuread:Application").filter(
        ({ properties: { api } }) =>
          listOf((api as Record<string, unknown> | undefined)?.oauth2PermissionScopes).length > 0,
      ),
    ].map((resource) => ({ subject: ofResource(resource), message: "accepts tokens of signed-in people" })),
};
