import type { Rule } from "../rule";
import { ofGrant } from "../subject";

export const outsidePrincipal: Rule = {
  id: "outside-principal",
  severity: "high",
  rationale: "The stack does not create this service principal, so the review cannot see who has credentials for it.",
  remedy: "Grant roles only to services of this landscape, or declare the call in the landscape of the other service.",
  check: ({ model }) =>
    model.grants
      .filter(({ caller }) => !model.services.includes(caller) && !model.identities.includes(caller))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "is granted to a service principal outside the landscape",
      })),
};
