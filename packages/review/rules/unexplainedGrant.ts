import type { Rule } from "../rule";
import { ofGrant } from "../subject";

export const unexplainedGrant: Rule = {
  id: "unexplained-grant",
  severity: "medium",
  rationale: "Nobody can judge a year later whether a grant without a reason is still needed.",
  remedy: "Say `because`, or make the grant with an ApplicationPermissionGrant.",
  check: ({ model }) =>
    model.grants
      .filter(({ because }) => !because)
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "is granted without a reason",
      })),
};
