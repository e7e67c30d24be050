import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isoSeconds } from "../directoryObjects";
import type { RoleAssignment } from "../roleBasedAccess";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest } from "./armError";

const apiVersions = ["2022-04-01", "2020-10-01-preview", "2020-04-01-preview"];
const type = "Microsoft.Authorization/roleAssignments";

const body = z.strictObject({
  properties: z.strictObject({
    roleDefinitionId: z.string(),
    principalId: z.guid(),
    principalType: z.enum(["ServicePrincipal", "User", "Group", "ForeignGroup", "Device"]).optional(),
    description: z.string().optional(),
    condition: z.string().optional(),
    conditionVersion: z.string().optional(),
  }),
});

export function roleAssignmentRoutes(app: FastifyInstance, { subscription, tenant, authorize }: ArmContext): void {
  const scopes = [
    "",
    "/resourceGroups/:group",
    "/resourceGroups/:group/providers/:namespace/:type/:resource",
    "/resourceGroups/:group/providers/:namespace/:type/:resource/:childType/:child",
  ];
  for (const at of scopes) {
    const path = `/subscriptions/:subscription${at}/providers/${type}/:name`;
    type ByName = { Params: { name: string } };
    const placeOf = (url: string) => {
      const id = url.split("?")[0] ?? "";
      return { id, scope: id.slice(0, id.toLowerCase().lastIndexOf("/providers/microsoft.authorization/")) };
    };
    const existing = (id: string): RoleAssignment => {
      const found = subscription.access.get(id);
      if (!found)
        throw new ArmError(404, "RoleAssignmentNotFound", `The role assignment '${id.split("/").pop()}' is not found.`);
      return found;
    };

    app.put<ByName>(path, async (request, reply) => {
      const { id, scope } = placeOf(request.url);
      authorize(request, `${type}/write`, apiVersions, scope);
      if (!z.guid().safeParse(request.params.name).success) {
        throw badRequest(
          "InvalidRoleAssignmentId",
          `The role assignment ID '${request.params.name}' is not valid. The role assignment ID must be a GUID.`,
        );
      }
      const { properties } = parse(body, request.body);
      const roleId = properties.roleDefinitionId.split("/").pop() ?? "";
      if (!subscription.access.definition(roleId)) {
        throw badRequest(
          "RoleDefinitionDoesNotExist",
          `The specified role definition with ID '${roleId}' does not exist.`,
        );
      }
      if (!tenant.servicePrincipals.has(properties.principalId) && properties.principalType === undefined) {
        throw badRequest(
          "PrincipalNotFound",
          `Principal ${properties.principalId} does not exist in the directory ${tenant.id}.`,
        );
      }
      const same = subscription.access
        .all()
        .find(
          (a) =>
            a.scope.toLowerCase() === scope.toLowerCase() &&
            a.principalId === properties.principalId &&
            a.roleId === roleId,
        );
      if (same && same.id.toLowerCase() !== id.toLowerCase()) {
        throw new ArmError(
          409,
          "RoleAssignmentExists",
          `The role assignment already exists. The ID of the conflicting role assignment is ${same.name}.`,
        );
      }
      const before = subscription.access.get(id);
      if (before && before !== same) {
        throw badRequest(
          "RoleAssignmentUpdateNotPermitted",
          "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        );
      }
      const assignment: RoleAssignment = {
        id,
        name: request.params.name,
        scope,
        principalId: properties.principalId,
        principalType: properties.principalType ?? "ServicePrincipal",
        roleId,
        description: properties.description ?? null,
        createdOn: before?.createdOn ?? isoSeconds(tenant.now),
      };
      subscription.access.add(assignment);
      return reply.code(before ? 200 : 201).send(shown(assignment));
    });

    app.get<ByName>(path, async (request) => {
      const { id, scope } = placeOf(request.url);
      authorize(request, `${type}/read`, apiVersions, scope);
      return shown(existing(id));
    });

    app.delete<ByName>(path, async (request, reply) => {
      const { id, scope } = placeOf(request.url);
      authorize(request, `${type}/delete`, apiVersions, scope);
      const found = subscription.access.get(id);
      if (!found) return reply.code(204).send();
      subscription.access.remove(id);
      return reply.code(200).send(shown(found));
    });
  }

  const shown = ({ id, name, scope, principalId, principalType, roleId, description, createdOn }: RoleAssignment) => ({
    id,
    name,
    type,
    properties: {
      roleDefinitionId: `${subscription.path}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
      principalId,
      principalType,
      scope,
      description,
      condition: null,
      conditionVersion: null,
      createdOn,
      updatedOn: createdOn,
    },
  });
}
