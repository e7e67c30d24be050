import type { Rule } from "../rule";
import { ofGrant } from "../subject";

export const endedGrant: Rule = {
  id: "ended-grant",
  severity: "high",
  rationale: "The landscape sets a last day for this grant, and that day has passed.",
  remedy: "Remove the call, or set a later `until` with a current reason.",
  check: ({ model, today }) =>
    model.grants
      .filter(({ until }) => until !== undefined && until < today)
      .map(({ caller, api, role, until }) => ({
        subject: ofGrant({ caller, api, role }),
        message: `was needed until ${until}`,
      })),
};
