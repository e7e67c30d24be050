import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const ungrantedRequest: Rule = {
  id: "ungranted-request",
  severity: "medium",
  rationale: "What a registration asks for is what an administrator grants with one click, whoever has reviewed it.",
  remedy: "Take the API access away, or make the grant with an ApplicationPermissionGrant.",
  check: ({ model }) => {
    const granted = new Set(model.grants.map(({ caller, api, role }) => keyOf(caller, api, role)));
    return model.requests
      .filter(({ caller, api, role }) => !granted.has(keyOf(caller, api, role)))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "is asked for in the registration, and not granted",
      }));
  },
};
