import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { isoSeconds } from "../directoryObjects";
import { isWithin, type RoleDefinition, roleDefinitions } from "../roleBasedAccess";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest } from "./armError";
import { armPage } from "./armPage";
import { readOnly } from "./readOnly";
import { definitionFilter } from "./roleFilters";
import { checkScope, scopeOf, scopePaths } from "./scopes";

export const definitionVersions = ["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];
const type = "Microsoft.Authorization/roleDefinitions";
type ByName = { Params: { name: string } };

/** In any case, as recorded. */
const customRole = z.string().regex(/^CustomRole$/i, { error: "allowed: CustomRole" });
/** An operation of a provider, or a pattern of them: https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format */
const actions = z
  .array(
    z.string().regex(/^(\*|[\w.*-]+(\/[\w.*$-]+)*\/(read|write|delete|action|\*))$/i, {
      error: "not an operation of a provider",
    }),
  )
  .default([]);
const body = z.strictObject({
  ...readOnly,
  properties: z.strictObject({
    roleName: z.string().min(1).max(512),
    type: customRole.optional(),
    description: z.string().nullable().default(null),
    roleType: customRole.optional(),
    assignableScopes: z.array(z.string()).min(1),
    permissions: z
      .array(z.strictObject({ actions, notActions: actions, dataActions: actions, notDataActions: actions }))
      .length(1),
  }),
});

/** Custom roles of the subscription. */
export function roleDefinitionRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize, caller } = context;
  const { access } = subscription;
  const isBuiltIn = (id: string) => roleDefinitions.some((definition) => definition.id === id.toLowerCase());
  const shown = (definition: RoleDefinition) => {
    const {
      id,
      name,
      description = name,
      assignableScopes = ["/"],
      notDataActions = [],
      written,
      ...permissions
    } = definition;
    return {
      id: `${subscription.path}/providers/${type}/${id}`,
      name: id,
      type,
      properties: {
        roleName: name,
        type: isBuiltIn(id) ? "BuiltInRole" : "CustomRole",
        description,
        assignableScopes,
        permissions: [{ ...permissions, notDataActions }],
        ...{ createdBy: null, updatedBy: null },
        ...written,
      },
    };
  };

  const typeOf = ({ id }: RoleDefinition) => (isBuiltIn(id) ? "BuiltInRole" : "CustomRole");
  for (const at of [...scopePaths, ""]) {
    const scopeIn = (url: string) => scopeOf(url) || subscription.path;
    app.get(`${at}/providers/${type}`, async (request) => {
      const parameters = ["$filter", "$top", "$skiptoken"];
      authorize(request, `${type}/read`, definitionVersions, scopeIn(request.url), parameters);
      checkScope(context, scopeIn(request.url));
      return armPage(request, access.allDefinitions().filter(definitionFilter(request, typeOf)).map(shown));
    });

    app.get<ByName>(`${at}/providers/${type}/:name`, async (request) => {
      authorize(request, `${type}/read`, definitionVersions, scopeIn(request.url));
      checkScope(context, scopeIn(request.url));
      checkId(request.params.name);
      const found = access.definition(request.params.name);
      if (found) return shown(found);
      throw new ArmError(
        404,
        "RoleDefinitionDoesNotExist",
        `The role definition '${request.params.name}' does not exist.`,
      );
    });
  }

  const write = async (request: FastifyRequest<ByName>, reply: FastifyReply) => {
    authorize(request, `${type}/write`, definitionVersions, scopeOf(request.url));
    checkScope(context, scopeOf(request.url));
    const { name: id } = request.params;
    checkId(id);
    if (isBuiltIn(id)) throw badRequest("RoleDefinitionUpdateNotPermitted", "A built-in role cannot be changed.");
    const { properties } = parse(body, request.body);
    const [permissions] = properties.permissions as [(typeof properties.permissions)[number]];
    const { roleName: name, description, assignableScopes } = properties;
    const foreign = assignableScopes.find((scope) => !isWithin(scope, subscription.path));
    if (foreign !== undefined) {
      throw badRequest(
        "LinkedInvalidPropertyId",
        `The assignable scope '${foreign}' is not in the subscription '${subscription.path}'.`,
      );
    }
    const namesake = access.allDefinitions().find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (namesake && namesake.id !== id.toLowerCase()) {
      throw new ArmError(
        409,
        "RoleDefinitionWithSameNameExists",
        `A custom role with the same name already exists in this directory. Use a different name: '${name}'.`,
      );
    }
    const [now, { objectId }] = [isoSeconds(tenant.now), caller(request)];
    const before = access.definition(id)?.written;
    const written = { createdOn: now, createdBy: objectId, ...before, updatedOn: now, updatedBy: objectId };
    const definition = { id: id.toLowerCase(), name, description, assignableScopes, ...permissions, written };
    access.define(definition);
    // Azure also answers a change with 201, and its clients accept nothing else.
    // The answer to the first write does not contain its author yet.
    return reply
      .code(201)
      .send(shown(before ? definition : { ...definition, written: { ...written, createdBy: null } }));
  };

  const remove = async (request: FastifyRequest<ByName>, reply: FastifyReply) => {
    authorize(request, `${type}/delete`, definitionVersions, scopeOf(request.url));
    const { name: id } = request.params;
    checkId(id);
    if (access.all().some(({ roleId }) => roleId === id.toLowerCase()))
      throw badRequest("RoleDefinitionHasAssignments", "There are existing role assignments referencing the role.");
    const found = access.definition(id);
    if (!found) return reply.code(204).send();
    access.undefine(id);
    return reply.code(200).send(shown(found));
  };

  for (const at of scopePaths) {
    app.put<ByName>(`${at}/providers/${type}/:name`, write);
    app.delete<ByName>(`${at}/providers/${type}/:name`, remove);
  }
}

/** @throws ArmError */
function checkId(id: string): void {
  if (!z.guid().safeParse(id).success)
    throw badRequest("InvalidRoleDefinitionId", `The role definition ID '${id}' must be a GUID.`);
}
