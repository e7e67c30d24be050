import { microsoftApiIds } from "./microsoftApis";

/**
 * The app consent policy that bounds what the consenter can grant: application permissions of every API but Microsoft's own.
 * https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies
 */
export const consentPolicy = {
  id: "microservice-identities",
  displayName: "Grants between services of the organisation",
  description: "Allows application permissions of all APIs but Microsoft's own. Managed by npm run consent-policy.",
} as const;

/** What the consenter's directory role allows: grants that the policy allows, for the whole tenant. */
export const consentAction = `microsoft.directory/servicePrincipals/managePermissionGrantsForAll.${consentPolicy.id}`;

/** https://learn.microsoft.com/graph/api/resources/permissiongrantconditionset; what is absent has the value that means any. */
export interface ConsentCondition {
  readonly permissionType: "application";
  readonly resourceApplication: string;
}

export const includedConsent: readonly ConsentCondition[] = [
  { permissionType: "application", resourceApplication: "any" },
];

/** Each of Microsoft's APIs whose app roles are published: there is no condition for all of them. */
export const excludedConsent: readonly ConsentCondition[] = [...microsoftApiIds.values()]
  .sort()
  .map((resourceApplication) => ({ permissionType: "application", resourceApplication }));
