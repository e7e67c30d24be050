import { roleText } from "../access/rights";
import type { Rule } from "../rule";
import { ofName } from "../subject";

export const directoryRole: Rule = {
  id: "directory-role",
  severity: "high",
  rationale: "A directory role applies to the whole tenant. App roles and grants do not limit it.",
  remedy: "Grant the single permission that is needed, or a directory role of a lower tier.",
  references: ["Maester MT.1032"],
  check: ({ model }) =>
    model.rights
      .filter(({ kind }) => kind === "directory role")
      .map((right) => ({ ...right, role: roleText(right) }))
      .map(({ resource, holder, role, at, tier, unknown }) => ({
        subject: ofName(resource),
        message: `gives ${holder} ${role}${at ? ` on ${at}` : ""}${tier === undefined ? ", which has no published tier" : `, of tier ${tier}`}`,
        severity: tier === 1 ? ("medium" as const) : tier === 2 ? ("low" as const) : ("high" as const),
        // What a custom role allows is in another resource.
        ...(unknown || tier === undefined ? { assumed: true as const } : {}),
      })),
};
