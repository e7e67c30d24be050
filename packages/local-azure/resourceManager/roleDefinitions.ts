import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type RoleDefinition, roleDefinitions } from "../roleBasedAccess";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest } from "./armError";
import { armPage } from "./armPage";
import { readOnly } from "./readOnly";
import { definitionFilter } from "./roleFilters";
import { scopeOf, scopePaths } from "./scopes";

const apiVersions = ["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];
const type = "Microsoft.Authorization/roleDefinitions";
type ByName = { Params: { name: string } };

const texts = z.array(z.string()).default([]);
const body = z.strictObject({
  ...readOnly,
  properties: z.strictObject({
    roleName: z.string().min(1).max(512),
    type: z.string().optional(),
    description: z.string().default(""),
    roleType: z.string().optional(),
    assignableScopes: z.array(z.string()).min(1),
    permissions: z
      .array(z.strictObject({ actions: texts, notActions: texts, dataActions: texts, notDataActions: texts }))
      .length(1),
  }),
});

/** Roles of one's own, at the subscription. */
export function roleDefinitionRoutes(app: FastifyInstance, { subscription, authorize }: ArmContext): void {
  const { access } = subscription;
  const isBuiltIn = (id: string) => roleDefinitions.some((definition) => definition.id === id.toLowerCase());
  const shown = ({ id, name, description = name, ...permissions }: RoleDefinition) => ({
    id: `${subscription.path}/providers/${type}/${id}`,
    name: id,
    type,
    properties: {
      roleName: name,
      type: isBuiltIn(id) ? "BuiltInRole" : "CustomRole",
      description,
      assignableScopes: [isBuiltIn(id) ? "/" : subscription.path],
      permissions: [{ ...permissions, notDataActions: [] }],
    },
  });

  const typeOf = ({ id }: RoleDefinition) => (isBuiltIn(id) ? "BuiltInRole" : "CustomRole");
  for (const at of [...scopePaths, ""]) {
    const scopeIn = (url: string) => scopeOf(url) || subscription.path;
    app.get(`${at}/providers/${type}`, async (request) => {
      const parameters = ["$filter", "$top", "$skiptoken"];
      authorize(request, `${type}/read`, apiVersions, scopeIn(request.url), parameters);
      return armPage(request, access.allDefinitions().filter(definitionFilter(request, typeOf)).map(shown));
    });

    app.get<ByName>(`${at}/providers/${type}/:name`, async (request) => {
      authorize(request, `${type}/read`, apiVersions, scopeIn(request.url));
      const found = access.definition(request.params.name);
      if (found) return shown(found);
      throw new ArmError(
        404,
        "RoleDefinitionDoesNotExist",
        `The role definition '${request.params.name}' does not exist.`,
      );
    });
  }

  const path = `/subscriptions/:subscription/providers/${type}/:name`;
  app.put<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/write`, apiVersions, subscription.path);
    const { name: id } = request.params;
    if (!z.guid().safeParse(id).success)
      throw badRequest("InvalidRoleDefinitionId", `The role definition ID '${id}' must be a GUID.`);
    if (isBuiltIn(id)) throw badRequest("RoleDefinitionUpdateNotPermitted", "A built-in role cannot be changed.");
    const { properties } = parse(body, request.body);
    const [{ actions, notActions, dataActions }] = properties.permissions as [(typeof properties.permissions)[number]];
    const existed = access.definition(id) !== undefined;
    const { roleName: name, description } = properties;
    const definition = { id: id.toLowerCase(), name, description, actions, notActions, dataActions };
    access.define(definition);
    return reply.code(existed ? 200 : 201).send(shown(definition));
  });

  app.delete<ByName>(path, async (request, reply) => {
    authorize(request, `${type}/delete`, apiVersions, subscription.path);
    const { name: id } = request.params;
    if (access.all().some(({ roleId }) => roleId === id.toLowerCase()))
      throw badRequest("RoleDefinitionHasAssignments", "There are existing role assignments referencing the role.");
    access.undefine(id);
    return reply.code(200).send();
  });
}
