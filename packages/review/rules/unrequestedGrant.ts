import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const unrequestedGrant: Rule = {
  id: "unrequested-grant",
  severity: "medium",
  rationale: "A grant that the caller's registration does not ask for cannot be seen there, and outlives its reason.",
  remedy: "Make the grant with an ApplicationPermissionGrant: it asks for the role and grants it.",
  check: ({ model }) => {
    const requested = new Set(model.requests.map(({ caller, api, role }) => keyOf(caller, api, role)));
    // A managed identity has no registration to ask with.
    return model.grants
      .filter(({ caller }) => model.services.includes(caller))
      .filter(({ caller, api, role }) => !requested.has(keyOf(caller, api, role)))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "is granted without having been asked for in the registration",
      }));
  },
};
