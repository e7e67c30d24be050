import { appRoleOf, microsoftApiIds } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import type { Rule } from "../rule";
import { ofGrant } from "../subject";
import { judgementOfOther } from "../tier";

export const privilegedApi: Rule = {
  id: "privileged-api",
  severity: "high",
  rationale: "A role of one of Microsoft's APIs, as of Exchange or SharePoint, holds for the whole tenant.",
  remedy:
    "Do the work with Microsoft Graph and its narrowest permission, or with a managed identity that is reviewed by itself.",
  references: ["Maester MT.1050"],
  check: ({ model }) =>
    model.grants.flatMap((grant) => {
      const clientId = microsoftApiIds.get(grant.api);
      if (clientId === undefined || clientId === microsoftGraph || model.services.includes(grant.api)) return [];
      return [{ subject: ofGrant(grant), ...judgementOfOther(appRoleOf(clientId, grant.role)) }];
    }),
};
