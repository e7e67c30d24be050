import type { Rule } from "../rule";
import { ofRole } from "../subject";

export const userRole: Rule = {
  id: "user-role",
  severity: "medium",
  rationale: "If people can hold the role, the API's guard cannot tell a person's token from a service's.",
  remedy: 'Set `allowedMemberTypes: ["Application"]`.',
  check: ({ model }) =>
    model.roles
      .filter(({ forPeople }) => forPeople)
      .map(({ api, role }) => ({ subject: ofRole({ api, role }), message: "can be assigned to people and groups" })),
};
