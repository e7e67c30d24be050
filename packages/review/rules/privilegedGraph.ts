import { graphPermissionNamed } from "@microservice-identities/well-known/microsoftGraph";
import type { Rule, Severity } from "../rule";

const severityOf: readonly Severity[] = ["high", "medium", "low"];
const meaning = [
  "can give itself any right in the tenant",
  "reaches what belongs to others, in the whole tenant",
  "reads the directory",
] as const;

export const privilegedGraph: Rule = {
  id: "privileged-graph",
  severity: "high",
  rationale: "A permission of Microsoft Graph holds for the whole tenant: its holder's secret is worth as much.",
  remedy: "Take a narrower permission, or do the work with a managed identity that is reviewed by itself.",
  references: ["Maester MT.1050", "Maester MT.1051"],
  check: ({ model }) =>
    model.grants.flatMap(({ caller, api, role }) => {
      if (api !== "Microsoft Graph") return [];
      const subject = `${caller} → ${api} ${role}`;
      const permission = graphPermissionNamed(role);
      if (!permission)
        return [{ subject, message: "is not among the permissions that the review can judge", severity: "medium" }];
      const { tier, narrower = [] } = permission;
      return [
        {
          subject,
          message: `is of tier ${tier}: it ${meaning[tier]}`,
          severity: severityOf[tier],
          ...(narrower.length > 0 ? { remedy: `See whether one of these does: ${narrower.join(", ")}.` } : {}),
        },
      ];
    }),
};
