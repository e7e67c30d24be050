import type { Rule } from "../rule";
import { ofGrant } from "../subject";

export const outsidePrincipal: Rule = {
  id: "outside-principal",
  severity: "high",
  rationale: "A grant to a principal that the stack does not make goes to somebody whose credentials nobody here sees.",
  remedy: "Grant only to services of this landscape, or declare the other one where it is made.",
  check: ({ model }) =>
    model.grants
      .filter(({ caller }) => !model.services.includes(caller) && !model.identities.includes(caller))
      .map(({ caller, api, role }) => ({
        subject: ofGrant({ caller, api, role }),
        message: "goes to a principal outside the landscape",
      })),
};
