import type { Rule } from "../rule";
import { ofName } from "../subject";

export const uncalledApi: Rule = {
  id: "uncalled-api",
  severity: "low",
  rationale: "An API that nobody calls still has a registration and a credential that can be misused.",
  remedy: "Remove the API's roles, or keep them if a caller is planned.",
  check: ({ model }) => {
    const called = new Set(model.grants.map(({ api }) => api));
    return [...new Set(model.roles.map(({ api }) => api))]
      .filter((api) => !called.has(api))
      .map((api) => ({ subject: ofName(api), message: "exposes roles, but nobody calls it" }));
  },
};
