import type { Rule } from "../rule";
import { ofRole } from "../subject";

export const userRole: Rule = {
  id: "user-role",
  severity: "medium",
  rationale: "A role that people can be given is one that a service's guard takes for a service.",
  remedy: 'Set `allowedMemberTypes: ["Application"]`.',
  check: ({ model }) =>
    model.roles
      .filter(({ forPeople }) => forPeople)
      .map(({ api, role }) => ({ subject: ofRole({ api, role }), message: "can be given to people and groups" })),
};
