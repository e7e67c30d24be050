import { microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { graphPermissionNamed, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import type { Rule } from "../rule";
import { ofGrant } from "../subject";
import { judgementOf } from "../tier";

export const privilegedGraph: Rule = {
  id: "privileged-graph",
  severity: "high",
  rationale: "A permission of Microsoft Graph holds for the whole tenant: its holder's secret is worth as much.",
  remedy: "Take a narrower permission, or do the work with a managed identity that is reviewed by itself.",
  references: ["Maester MT.1050", "Maester MT.1051"],
  check: ({ model }) =>
    model.grants.flatMap((grant) => {
      if (grant.api !== microsoftApiNamed(microsoftGraph)) return [];
      const permission = graphPermissionNamed(grant.role);
      const narrower = permission?.narrower ?? [];
      return [
        {
          subject: ofGrant(grant),
          ...judgementOf(permission),
          ...(narrower.length > 0 ? { remedy: `See whether one of these does: ${narrower.join(", ")}.` } : {}),
        },
      ];
    }),
};
