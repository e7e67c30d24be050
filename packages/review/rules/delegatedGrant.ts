import type { Rule } from "../rule";
import { ofName } from "../subject";

export const delegatedGrant: Rule = {
  id: "delegated-grant",
  severity: "high",
  rationale:
    "A delegated grant for all users lets an application act as any person who signs in, including administrators.",
  remedy: "Grant the service an app role instead, and let each person consent for themselves.",
  check: ({ model }) =>
    model.rights
      .filter(({ kind }) => kind === "delegated grant")
      .map(({ resource, holder, what, at, tier, unknown }) => ({
        subject: ofName(resource),
        message: `lets ${holder} call ${at}: ${what}`,
        severity: tier === 0 ? ("high" as const) : ("medium" as const),
        ...(unknown ? { assumed: true as const } : {}),
      })),
};
