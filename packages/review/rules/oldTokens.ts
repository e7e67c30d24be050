import { applicationTypes } from "../access/directory";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const oldTokens: Rule = {
  id: "old-tokens",
  severity: "medium",
  rationale:
    "Version 1 tokens have another issuer, and their audience has the form that the caller chose. Guards easily check them wrongly.",
  remedy: "Set `requestedAccessTokenVersion: 2`.",
  check: ({ resources }) =>
    ofType(resources, ...applicationTypes)
      .filter(({ properties: { api, requestedAccessTokenVersion } }) => {
        const { requestedAccessTokenVersion: inline } = (api ?? {}) as { requestedAccessTokenVersion?: unknown };
        return (requestedAccessTokenVersion ?? inline) !== 2;
      })
      .map((application) => ({ subject: ofResource(application), message: "gets version 1 tokens" })),
};
