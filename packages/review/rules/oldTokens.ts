import { applicationTypes } from "../access/directory";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const oldTokens: Rule = {
  id: "old-tokens",
  severity: "medium",
  rationale:
    "Tokens of version 1 name the audience as the caller wrote it, and come from another issuer: guards get it wrong.",
  remedy: "Set `requestedAccessTokenVersion: 2`.",
  check: ({ resources }) =>
    ofType(resources, ...applicationTypes)
      .filter(({ properties: { api, requestedAccessTokenVersion } }) => {
        const { requestedAccessTokenVersion: inline } = (api ?? {}) as { requestedAccessTokenVersion?: unknown };
        return (requestedAccessTokenVersion ?? inline) !== 2;
      })
      .map((application) => ({ subject: ofResource(application), message: "is given tokens of version 1" })),
};
