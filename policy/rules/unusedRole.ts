import type { Rule } from "../rule";

export const unusedRole: Rule = {
  id: "unused-role",
  severity: "low",
  rationale: "A role that nobody holds is one that somebody may be given by mistake.",
  remedy: "Remove the role, or leave it if a caller is on its way.",
  check: ({ model }) =>
    model.roles
      .filter(({ api, role }) => !model.grants.some((grant) => grant.api === api && grant.role === role))
      .map(({ api, role }) => ({ subject: `${api} ${role}`, message: "is granted to nobody" })),
};
