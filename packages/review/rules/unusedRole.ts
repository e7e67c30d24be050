import type { Rule } from "../rule";
import { keyOf, ofRole } from "../subject";

export const unusedRole: Rule = {
  id: "unused-role",
  severity: "low",
  rationale: "A role that nobody holds has no use, and can be granted by mistake.",
  remedy: "Remove the role, or keep it if a caller is planned.",
  check: ({ model }) => {
    const held = new Set(model.grants.map(({ api, role }) => keyOf(api, role)));
    const called = new Set(model.grants.map(({ api }) => api));
    // uncalled-api reports an API without any caller once.
    return model.roles
      .filter(({ api, role }) => called.has(api) && !held.has(keyOf(api, role)))
      .map(({ api, role }) => ({ subject: ofRole({ api, role }), message: "is granted to nobody" }));
  },
};
