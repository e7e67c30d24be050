import type { Rule } from "../rule";

export const endedGrant: Rule = {
  id: "ended-grant",
  severity: "high",
  rationale: "The need that the grant was made for has ended by its own words.",
  remedy: "Take the call out, or give it another `until` with a reason that holds.",
  check: ({ model, today }) =>
    model.grants
      .filter(({ until }) => until !== undefined && until < today)
      .map(({ caller, api, role, until }) => ({
        subject: `${caller} → ${api} ${role}`,
        message: `was needed until ${until}`,
      })),
};
