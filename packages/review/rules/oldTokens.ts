import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import type { Rule } from "../rule";

export const oldTokens: Rule = {
  id: "old-tokens",
  severity: "medium",
  rationale:
    "Tokens of version 1 name the audience as the caller wrote it, and come from another issuer: guards get it wrong.",
  remedy: "Set `requestedAccessTokenVersion: 2`.",
  check: ({ resources }) =>
    resources
      .filter(({ type }) => type.endsWith(":ApplicationRegistration"))
      .filter(({ properties }) => properties.requestedAccessTokenVersion !== 2)
      .map(({ urn }) => ({ subject: nameOf(urn), message: "is given tokens of version 1" })),
};
