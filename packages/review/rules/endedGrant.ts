import type { Rule } from "../rule";
import { ofGrant } from "../subject";

export const endedGrant: Rule = {
  id: "ended-grant",
  severity: "high",
  rationale: "The need that the grant was made for has ended by its own words.",
  remedy: "Take the call out, or give it another `until` with a reason that holds.",
  check: ({ model, today }) =>
    model.grants
      .filter(({ until }) => until !== undefined && until < today)
      .map(({ caller, api, role, until }) => ({
        subject: ofGrant({ caller, api, role }),
        message: `was needed until ${until}`,
      })),
};
