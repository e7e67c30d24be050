import { powersOf } from "../access/azureActions";
import { ofType } from "../resourceType";
import type { Rule } from "../rule";
import { ofResource } from "../subject";

export const powerfulRole: Rule = {
  id: "powerful-role",
  severity: "high",
  rationale:
    "When a custom role is assigned later, the review does not check what it allows, so the role itself must be narrow.",
  remedy: "List only the needed actions, without `*` and without actions that grant rights to others.",
  references: ["PSRule AZR-000208"],
  check: ({ resources }) =>
    ofType(resources, "azure-native:authorization:RoleDefinition").flatMap((definition) => {
      const powers = powersOf(definition.properties.permissions);
      if (powers.length === 0) return [];
      return [
        {
          subject: ofResource(definition),
          message: powers.map(({ text }) => text).join(", "),
          severity: powers.some(({ tier }) => tier === 0) ? ("high" as const) : ("medium" as const),
          extent: { parts: powers.map(({ text }) => text) },
        },
      ];
    }),
};
