import type { Principal } from "../bearer";
import type { Tenant } from "../tenant";
import { GraphError } from "./graphError";

/**
 * The limits of the directory, where they are enforced.
 * https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
 */
const limits = { apis: 50, permissions: 400, assignments: 1500 } as const;

/** @throws GraphError 403, with the text that users report */
export function checkCreatorQuota(tenant: Tenant, { objectId }: Principal): void {
  if (tenant.directoryRoleHolders.has(objectId)) return;
  if (tenant.quota.usedBy(objectId) + 1 <= tenant.settings.objectsPerCreator) return;
  throw new GraphError(
    403,
    "Directory_QuotaExceeded",
    "The directory object quota limit for the Principal has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota.",
  );
}

/** @throws GraphError 403: the text is the one that azure-cli issue 22701 reports for `requiredResourceAccess` */
export function checkRequiredAccess(apis: readonly { readonly resourceAccess: readonly unknown[] }[]): void {
  const permissions = apis.reduce((count, { resourceAccess }) => count + resourceAccess.length, 0);
  if (apis.length <= limits.apis && permissions <= limits.permissions) return;
  throw new GraphError(
    403,
    "Directory_ResourceSizeExceeded",
    "The size of the object has exceeded its limit. Please reduce the number of values and retry your request.",
  );
}

/** @throws GraphError 403: its form is recorded for owners and members; that assignments have the same is assumed */
export function checkAssignmentCount(held: number): void {
  if (held < limits.assignments) return;
  throw new GraphError(
    403,
    "Directory_QuotaExceeded",
    `Unable to perform operation as '${held + 1}' would exceed the maximum quota count '${limits.assignments}' for forward-link 'appRoleAssignments'.`,
  );
}
