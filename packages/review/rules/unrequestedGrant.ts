import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const unrequestedGrant: Rule = {
  id: "unrequested-grant",
  severity: "medium",
  rationale:
    "If the caller's registration does not request the granted role, people who look at the registration do not see the grant.",
  remedy:
    "Create the grant with an ApplicationPermissionGrant: it requests the role and grants it. With `listed: false`, it does not request the role, and states this in the grant's inputs.",
  check: ({ model }) => {
    const requested = new Set(model.requests.map(({ caller, api, role }) => keyOf(caller, api, role)));
    // A managed identity has no registration that could request a role.
    return model.grants
      .filter(({ caller, unlisted }) => model.services.includes(caller) && !unlisted)
      .filter(({ caller, api, role }) => !requested.has(keyOf(caller, api, role)))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "is granted, but not requested in the registration",
      }));
  },
};
