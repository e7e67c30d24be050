import { whyNotJudged } from "../judgedTypes";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const notJudged: Rule = {
  id: "not-judged",
  severity: "high",
  rationale: "The rules do not understand this kind of resource, so it could grant any access to anybody.",
  remedy: "Check which access the resource grants; if that access is acceptable, add a waiver.",
  check: ({ resources }) =>
    resources.flatMap((resource) => {
      const why = resource.component ? undefined : whyNotJudged(resource);
      return why === undefined ? [] : [{ subject: ofResource(resource), message: why }];
    }),
};
