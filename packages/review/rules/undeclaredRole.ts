import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const undeclaredRole: Rule = {
  id: "undeclared-role",
  severity: "high",
  rationale: "A granted role that the API does not declare is one that nobody has described or reviewed.",
  remedy: "Declare the role where the API is declared, or take the grant away.",
  check: ({ model }) => {
    const declared = new Set(model.roles.map(({ api, role }) => keyOf(api, role)));
    return model.grants
      .filter(({ api, role }) => model.services.includes(api) && !declared.has(keyOf(api, role)))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "is not a role that the API declares",
      }));
  },
};
