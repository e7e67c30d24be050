import type { Rule } from "../rule";
import { ofName } from "../subject";

export const delegatedGrant: Rule = {
  id: "delegated-grant",
  severity: "high",
  rationale: "A delegated grant for everybody lets an application act as any person who signs in, administrators too.",
  remedy: "Give the service an app role of its own; leave consent for a person to that person.",
  check: ({ model }) =>
    model.rights
      .filter(({ kind }) => kind === "delegated grant")
      .map(({ resource, holder, what, at, tier }) => ({
        subject: ofName(resource),
        message: `lets ${holder} call ${at}: ${what}`,
        severity: tier === 0 ? ("high" as const) : ("medium" as const),
      })),
};
