import { randomBytes, randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type CustomDirectoryRole, type DirectoryRoleAssignment, grantAction } from "../consent";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

/** The template of Application Administrator: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const applicationAdministrator = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";

const odataType = { "@odata.type": z.string().optional() };
const nullableText = z.string().nullable();
const definitionBody = z.strictObject({
  ...odataType,
  displayName: z.string().min(1),
  description: nullableText.optional(),
  isEnabled: z.boolean(),
  rolePermissions: z
    .array(
      z.strictObject({
        ...odataType,
        allowedResourceActions: z.array(z.string()).min(1),
        condition: z.null().optional(),
      }),
    )
    .length(1),
  // The azuread provider sends an empty one.
  templateId: z
    .union([z.literal(""), z.guid()])
    .nullable()
    .optional(),
  version: nullableText.optional(),
});
const definitionChange = definitionBody.partial();
const assignmentBody = z.strictObject({
  ...odataType,
  principalId: z.guid().toLowerCase(),
  roleDefinitionId: z.guid().toLowerCase(),
  directoryScopeId: z.string(),
});

type ById = { Params: { id: string } };

/**
 * Custom directory roles, and the assignments of directory roles. The local Azure enforces the actions of custom roles for grants.
 * It has one built-in role, whose holders have no quota of objects.
 */
export function directoryRoleRoutes(app: FastifyInstance, { tenant, base, caller, ordered }: GraphContext): void {
  const directory = "/v1.0/roleManagement/directory";
  const context = (suffix: string) => `${base()}/v1.0/$metadata#roleManagement/directory/${suffix}`;
  const { roles, assignments, policies } = tenant.consent;

  const definition = (id: string): CustomDirectoryRole => {
    const found = roles.get(id.toLowerCase());
    if (!found) throw notFound(id);
    return found;
  };
  /** The actions of a role; undefined if one is not supported, because the role would allow less than its definition. */
  const actionsOf = (given: z.output<typeof definitionChange>): readonly string[] | undefined =>
    given.rolePermissions?.flatMap(({ allowedResourceActions }) =>
      allowedResourceActions.map((action) => {
        const policy = grantAction.exec(action)?.groups?.policy;
        if (policy === undefined)
          throw badRequest(
            `The local Azure does not serve the action '${action}' of a directory role, only microsoft.directory/servicePrincipals/managePermissionGrantsForAll.{policy}.`,
          );
        if (!policies.has(policy)) throw badRequest(`The permission grant policy '${policy}' does not exist.`);
        return action;
      }),
    );

  app.get(`${directory}/roleDefinitions`, async (request) => {
    permit.readRoles(caller(request));
    const rows = ordered([...roles.values()]).map(shownDefinition);
    const address = `${base()}${directory}/roleDefinitions`;
    return page(context("roleDefinitions"), address, entityTypes.unifiedRoleDefinition, rows, queryOf(request));
  });

  app.post(`${directory}/roleDefinitions`, async (request, reply) => {
    permit.changeRoles(caller(request));
    const given = bodies.parse(definitionBody, request.body, "UnifiedRoleDefinition");
    const id = randomUUID();
    const role: CustomDirectoryRole = {
      id,
      displayName: given.displayName,
      description: given.description ?? "",
      isEnabled: given.isEnabled,
      templateId: given.templateId || id,
      version: given.version ?? null,
      allowedResourceActions: actionsOf(given) ?? [],
    };
    roles.set(id, role);
    return reply.code(201).send({ "@odata.context": context("roleDefinitions/$entity"), ...shownDefinition(role) });
  });

  app.get<ById>(`${directory}/roleDefinitions/:id`, async (request) => {
    permit.readRoles(caller(request));
    queryOf(request, []);
    return { "@odata.context": context("roleDefinitions/$entity"), ...shownDefinition(definition(request.params.id)) };
  });

  app.patch<ById>(`${directory}/roleDefinitions/:id`, async (request, reply) => {
    permit.changeRoles(caller(request));
    const role = definition(request.params.id);
    const given = bodies.parse(definitionChange, request.body, "UnifiedRoleDefinition");
    if (given.templateId && given.templateId !== role.templateId)
      throw badRequest(`Property 'templateId' is '${role.templateId}' and cannot be changed.`);
    roles.set(role.id, {
      ...role,
      displayName: given.displayName ?? role.displayName,
      description: given.description === undefined ? role.description : (given.description ?? ""),
      isEnabled: given.isEnabled ?? role.isEnabled,
      version: given.version === undefined ? role.version : given.version,
      allowedResourceActions: actionsOf(given) ?? role.allowedResourceActions,
    });
    return reply.code(204).send();
  });

  app.delete<ById>(`${directory}/roleDefinitions/:id`, async (request, reply) => {
    permit.changeRoles(caller(request));
    const { id } = definition(request.params.id);
    if ([...assignments.values()].some(({ roleDefinitionId }) => roleDefinitionId === id))
      throw badRequest("The role definition has role assignments.");
    roles.delete(id);
    return reply.code(204).send();
  });

  const path = `${directory}/roleAssignments`;
  const administrators = (): DirectoryRoleAssignment[] =>
    [...tenant.directoryRoleHolders].map((principalId) => ({
      id: Buffer.from(`${applicationAdministrator} ${principalId}`).toString("base64url"),
      principalId,
      roleDefinitionId: applicationAdministrator,
    }));
  const assignment = (id: string): DirectoryRoleAssignment => {
    const found = assignments.get(id) ?? administrators().find((each) => each.id === id);
    if (!found) throw notFound(id);
    return found;
  };

  app.get(path, async (request) => {
    permit.readRoles(caller(request));
    const rows = ordered([...administrators(), ...assignments.values()]).map(shownAssignment);
    return page(
      context("roleAssignments"),
      `${base()}${path}`,
      entityTypes.unifiedRoleAssignment,
      rows,
      queryOf(request),
    );
  });

  app.post(path, async (request, reply) => {
    permit.changeRoles(caller(request));
    const { principalId, roleDefinitionId, directoryScopeId } = bodies.parse(
      assignmentBody,
      request.body,
      "UnifiedRoleAssignment",
    );
    if (directoryScopeId !== "/")
      throw badRequest(`The local Azure serves role assignments of the scope '/', not '${directoryScopeId}'.`);
    const group = tenant.groups.groups.get(principalId);
    if (group && !group.isAssignableToRole)
      throw badRequest("The group must have isAssignableToRole set to true to be assigned to a directory role.");
    if (!group && !tenant.servicePrincipals.has(principalId)) throw notFound(principalId);
    definition(roleDefinitionId);
    if ([...assignments.values()].some((a) => a.principalId === principalId && a.roleDefinitionId === roleDefinitionId))
      throw badRequest(
        "A conflicting object with one or more of the specified property values is present in the directory.",
      );
    const made: DirectoryRoleAssignment = { id: randomBytes(24).toString("base64url"), principalId, roleDefinitionId };
    assignments.set(made.id, made);
    return reply.code(201).send({ "@odata.context": context("roleAssignments/$entity"), ...shownAssignment(made) });
  });

  app.get<ById>(`${path}/:id`, async (request) => {
    permit.readRoles(caller(request));
    queryOf(request, []);
    return { "@odata.context": context("roleAssignments/$entity"), ...shownAssignment(assignment(request.params.id)) };
  });

  app.delete<ById>(`${path}/:id`, async (request, reply) => {
    permit.changeRoles(caller(request));
    const { id, principalId } = assignment(request.params.id);
    if (!assignments.delete(id)) tenant.directoryRoleHolders.delete(principalId);
    return reply.code(204).send();
  });
}

const shownAssignment = ({ id, principalId, roleDefinitionId, directoryScopeId = "/" }: DirectoryRoleAssignment) => ({
  id,
  principalId,
  directoryScopeId,
  roleDefinitionId,
});

const shownDefinition = ({ allowedResourceActions, ...role }: CustomDirectoryRole) => ({
  ...role,
  isBuiltIn: false,
  resourceScopes: ["/"],
  rolePermissions: [{ allowedResourceActions, condition: null }],
});
