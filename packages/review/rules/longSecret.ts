import { nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { limits } from "@microservice-identities/validation/limits";
import type { Rule } from "../rule";

const mostDays = limits.secretValidityDays;

export const longSecret: Rule = {
  id: "long-secret",
  severity: "high",
  rationale: "The longer a secret lives, the more places it has been in.",
  remedy: `Give the secret an absolute \`endDate\` within ${mostDays} days, and rotate it.`,
  references: ["SCuBA MS.AAD.5.6v1"],
  check: ({ resources, today }) =>
    resources
      .filter(({ type }) => type.endsWith(":ApplicationPassword"))
      .flatMap(({ urn, properties: { endDate } }) => {
        // The azuread provider ignores `endDateRelative`: without an end, Entra gives two years.
        const days = endDate === undefined ? 730 : (Date.parse(`${endDate}`) - Date.parse(today)) / 86_400_000;
        return days > mostDays
          ? [
              {
                subject: nameOf(urn),
                message: `is valid for ${Math.round(days)} days more, at most ${mostDays} are allowed`,
              },
            ]
          : [];
      }),
};
