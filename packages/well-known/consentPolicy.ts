import { microsoftApiIds } from "./microsoftApis";

/**
 * The app consent policy that bounds what the consenter can grant: application permissions of every API, except the APIs of Microsoft in `data`.
 * https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies
 */
export const consentPolicy = {
  id: "microservice-identities",
  displayName: "Grants between services of the organisation",
  description:
    "Allows application permissions of all APIs, except the APIs of Microsoft that it excludes. Managed by npm run consent-policy.",
} as const;

/** The action of the consenter's directory role: making the grants that the policy allows, for the whole tenant. */
export const consentAction = `microsoft.directory/servicePrincipals/managePermissionGrantsForAll.${consentPolicy.id}`;

/** https://learn.microsoft.com/graph/api/resources/permissiongrantconditionset; an absent condition matches anything. */
export interface ConsentCondition {
  readonly permissionType: "application";
  readonly resourceApplication: string;
}

export const includedConsent: readonly ConsentCondition[] = [
  { permissionType: "application", resourceApplication: "any" },
];

/** One condition for each of Microsoft's APIs with published app roles, because no single condition covers all of them. */
export const excludedConsent: readonly ConsentCondition[] = [...microsoftApiIds.values()]
  .sort()
  .map((resourceApplication) => ({ permissionType: "application", resourceApplication }));
