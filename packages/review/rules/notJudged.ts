import { whyNotJudged } from "../judgedTypes";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const notJudged: Rule = {
  id: "not-judged",
  severity: "high",
  rationale: "A resource that no rule understands may give anybody anything.",
  remedy: "Look at what the resource lets whom do, and accept it with a waiver.",
  check: ({ resources }) =>
    resources.flatMap((resource) => {
      const why = resource.component ? undefined : whyNotJudged(resource);
      return why === undefined ? [] : [{ subject: ofResource(resource), message: why }];
    }),
};
