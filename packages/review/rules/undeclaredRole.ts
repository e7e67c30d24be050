import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const undeclaredRole: Rule = {
  id: "undeclared-role",
  severity: "high",
  rationale: "The API does not declare the granted role, so nobody has described or reviewed it.",
  remedy: "Declare the role at the API, or remove the grant.",
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
