import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const ungrantedRequest: Rule = {
  id: "ungranted-request",
  severity: "medium",
  rationale: "With one click and without a review, an administrator can grant everything that a registration requests.",
  remedy: "Remove the API access, or create the grant with an ApplicationPermissionGrant.",
  check: ({ model }) => {
    const granted = new Set(model.grants.map(({ caller, api, role }) => keyOf(caller, api, role)));
    return model.requests
      .filter(({ caller, api, role }) => !granted.has(keyOf(caller, api, role)))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "is requested in the registration, but not granted",
      }));
  },
};
