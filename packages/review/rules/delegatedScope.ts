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
      ...ofType(resources, "azuread:ApplicationPermissionScope").map((scope) => ({
        resource: scope,
        scopes: [scope.properties],
      })),
      ...ofType(resources, "azuread:Application").map((application) => {
        const { oauth2PermissionScopes } = (application.properties.api ?? {}) as { oauth2PermissionScopes?: unknown };
        return { resource: application, scopes: listOf(oauth2PermissionScopes) };
      }),
    ]
      .filter(({ scopes }) => scopes.length > 0)
      .map(({ resource, scopes }) => ({
        subject: ofResource(resource),
        message: scopes.some(isForEverybody)
          ? "accepts tokens of signed-in people, who consent without an administrator"
          : "accepts tokens of signed-in people",
      })),
};

/** By default only an administrator consents. https://learn.microsoft.com/graph/api/resources/permissionscope */
const isForEverybody = (scope: unknown): boolean => `${(scope as { type?: unknown } | null)?.type}` === "User";
