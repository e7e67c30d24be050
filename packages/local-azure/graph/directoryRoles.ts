import type { FastifyInstance } from "fastify";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

/** The template of Application Administrator: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const applicationAdministrator = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";

/** Who holds a directory role. The local Azure knows one role, which lifts the quota of objects. */
export function directoryRoleRoutes(app: FastifyInstance, { tenant, base, caller, ordered }: GraphContext): void {
  const path = "/v1.0/roleManagement/directory/roleAssignments";
  app.get(path, async (request) => {
    permit.readRoles(caller(request));
    const rows = [...tenant.directoryRoleHolders].map((principalId) => ({
      id: Buffer.from(`${applicationAdministrator} ${principalId}`).toString("base64url"),
      principalId,
      directoryScopeId: "/",
      roleDefinitionId: applicationAdministrator,
    }));
    const context = `${base()}/v1.0/$metadata#roleManagement/directory/roleAssignments`;
    return page(context, `${base()}${path}`, entityTypes.unifiedRoleAssignment, ordered(rows), queryOf(request));
  });
}
