import { oneDay } from "@microservice-identities/validation/days";
import { limits } from "@microservice-identities/validation/limits";
import type { Rule } from "../rule";
import { ofName } from "../subject";

const mostDays = limits.secretValidityDays;

/** Without an end date, Entra makes a secret valid for two years. The azuread provider ignores `endDateRelative`. */
const daysByDefault = 730;

export const longSecret: Rule = {
  id: "long-secret",
  severity: "high",
  rationale: "The longer a secret is valid, the more places contain a copy of it.",
  remedy: `Give the secret an absolute \`endDate\` within ${mostDays} days, and rotate it.`,
  references: ["SCuBA MS.AAD.5.6v1"],
  check: ({ model, today }) =>
    model.credentials
      .filter(({ kind }) => kind === "secret")
      .flatMap(({ name, ends }) => {
        const end = ends === undefined ? Date.parse(today) + daysByDefault * oneDay : Date.parse(ends);
        if ((end - Date.parse(today)) / oneDay <= mostDays) return [];
        const message =
          ends === undefined
            ? `has no end date, so Entra makes it valid for ${daysByDefault} days; at most ${mostDays} are allowed`
            : `is valid until ${ends}; at most ${mostDays} days are allowed`;
        return [
          { subject: ofName(name), message, extent: { amount: ends === undefined ? Number.MAX_SAFE_INTEGER : end } },
        ];
      }),
};
