import { productiveStacks } from "../production";
import type { Rule } from "../rule";
import { ofName } from "../subject";

export const leftProduction: Rule = {
  id: "left-production",
  compares: true,
  severity: "high",
  rationale: "Some rules apply only to production. They no longer check a stack that is not production.",
  remedy: "Keep `production: true` for the stack, and accept necessary differences with a waiver.",
  check: ({ resources, before }) => {
    const now = productiveStacks(resources);
    return (before?.productive ?? [])
      .filter((stack) => !now.has(stack))
      .map((stack) => ({
        subject: ofName(stack),
        at: { file: `Pulumi.${stack}.yaml`, key: "production" },
        message: "was production, and no longer is: the rules for production do not apply",
      }));
  },
};
