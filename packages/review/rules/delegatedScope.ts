import { listOf } from "../access/offeredRoles";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const delegatedScope: Rule = {
  id: "delegated-scope",
  severity: "medium",
  rationale: "A delegated scope lets an application in with the rights of whoever is signed in, past the app roles.",
  remedy: "Leave the scope out of an API that only services call.",
  check: ({ resources }) =>
    [
      ...ofType(resources, "azuread:ApplicationPermissionScope"),
      ...ofType(resources, "azuread:Application").filter(
        ({ properties: { api } }) =>
          listOf((api as Record<string, unknown> | undefined)?.oauth2PermissionScopes).length > 0,
      ),
    ].map((resource) => ({ subject: ofResource(resource), message: "lets people's tokens in" })),
};
