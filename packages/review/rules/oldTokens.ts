import { applicationTypes } from "../access/directory";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const oldTokens: Rule = {
  id: "old-tokens",
  severity: "medium",
  rationale:
    "Tokens of version 1 have a different issuer, and the caller chooses the form of their audience, so guards often check them incorrectly.",
  remedy: "Set `requestedAccessTokenVersion: 2`.",
  check: ({ resources }) =>
    ofType(resources, ...applicationTypes)
      .filter(({ properties: { api, requestedAccessTokenVersion } }) => {
        const { requestedAccessTokenVersion: inline } = (api ?? {}) as { requestedAccessTokenVersion?: unknown };
        return (requestedAccessTokenVersion ?? inline) !== 2;
      })
      .map((application) => ({ subject: ofResource(application), message: "gets version 1 tokens" })),
};
