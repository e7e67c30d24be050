import type { Rule } from "../rule";
import { keyOf, ofRole } from "../subject";

export const unusedRole: Rule = {
  id: "unused-role",
  severity: "low",
  rationale: "A role that nobody holds is one that somebody may be given by mistake.",
  remedy: "Remove the role, or leave it if a caller is on its way.",
  check: ({ model }) => {
    const held = new Set(model.grants.map(({ api, role }) => keyOf(api, role)));
    const called = new Set(model.grants.map(({ api }) => api));
    // Of an API that nobody calls at all, uncalled-api says so once.
    return model.roles
      .filter(({ api, role }) => called.has(api) && !held.has(keyOf(api, role)))
      .map(({ api, role }) => ({ subject: ofRole({ api, role }), message: "is granted to nobody" }));
  },
};
