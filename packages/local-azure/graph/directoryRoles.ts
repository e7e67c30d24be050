import type { FastifyInstance } from "fastify";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

/** https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference: Cloud Application Administrator */
const cloudApplicationAdministrator = "158c047a-c907-4556-b7ef-446551a6b5f7";

/**
 * Who holds a directory role. All holders are shown with the same role: which one makes no difference to a quota.
 * https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments
 */
export function directoryRoleRoutes(app: FastifyInstance, { tenant, base, caller }: GraphContext): void {
  const path = "/v1.0/roleManagement/directory/roleAssignments";
  app.get(path, async (request) => {
    permit.readDirectoryRoles(caller(request));
    const rows = [...tenant.directoryRoleHolders].map((principalId) => ({
      id: `${cloudApplicationAdministrator}-${principalId}`,
      principalId,
      roleDefinitionId: cloudApplicationAdministrator,
      directoryScopeId: "/",
    }));
    const context = `${base()}/v1.0/$metadata#roleManagement/directory/roleAssignments`;
    return page(context, `${base()}${path}`, entityTypes.unifiedRoleAssignment, rows, queryOf(request));
  });
}
