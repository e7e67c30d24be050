import { microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { graphPermissionNamed, microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import type { Rule } from "../rule";
import { ofGrant } from "../subject";
import { judgementOf } from "../tier";

export const privilegedGraph: Rule = {
  id: "privileged-graph",
  severity: "high",
  rationale:
    "A permission of Microsoft Graph applies to the whole tenant, so a leaked credential of its holder endangers the whole tenant.",
  remedy: "Use a narrower permission, or a separate managed identity with its own review.",
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
          ...(narrower.length > 0 ? { remedy: `Check whether one of these is enough: ${narrower.join(", ")}.` } : {}),
        },
      ];
    }),
};
