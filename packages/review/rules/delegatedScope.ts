import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Rule } from "../rule";

export const delegatedScope: Rule = {
  id: "delegated-scope",
  severity: "medium",
  rationale: "A delegated scope lets an application in with the rights of whoever is signed in, past the app roles.",
  remedy: "Leave the scope out of an API that only services call.",
  check: ({ resources }) =>
    resources
      .filter(
        ({ type, properties }) =>
          type.endsWith(":ApplicationPermissionScope") ||
          ((properties.api as { oauth2PermissionScopes?: unknown[] } | undefined)?.oauth2PermissionScopes ?? [])
            .length > 0,
      )
      .map(({ urn }) => ({ subject: nameOf(urn), message: "lets people's tokens in" })),
};
