import { appRoleOf, microsoftApiIds } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import type { Rule } from "../rule";
import { ofGrant } from "../subject";
import { judgementOfOther } from "../tier";

export const privilegedApi: Rule = {
  id: "privileged-api",
  severity: "high",
  rationale: "A role of a Microsoft API, for example of Exchange or SharePoint, applies to the whole tenant.",
  remedy: "Use Microsoft Graph with its narrowest permission, or a separate managed identity with its own review.",
  references: ["Maester MT.1050"],
  check: ({ model }) =>
    model.grants.flatMap((grant) => {
      const clientId = microsoftApiIds.get(grant.api);
      if (clientId === undefined || clientId === microsoftGraph || model.services.includes(grant.api)) return [];
      return [{ subject: ofGrant(grant), ...judgementOfOther(appRoleOf(clientId, grant.role)) }];
    }),
};
