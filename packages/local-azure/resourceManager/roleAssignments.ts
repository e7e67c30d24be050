import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isoSeconds } from "../directoryObjects";
import type { RoleAssignment } from "../roleBasedAccess";
import { type AssignmentAttributes, ConditionError, readCondition } from "../roleCondition";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest, principalNotFound } from "./armError";
import { armPage } from "./armPage";
import { readOnly } from "./readOnly";
import { assignmentFilter } from "./roleFilters";
import { checkScope, scopeOf, scopePaths } from "./scopes";

export const assignmentVersions = [
  "2015-07-01",
  "2018-01-01-preview",
  "2018-09-01-preview",
  "2020-04-01-preview",
  "2020-10-01-preview",
  "2022-04-01",
];
const type = "Microsoft.Authorization/roleAssignments";
type ByName = { Params: { name: string } };

const body = z.strictObject({
  ...readOnly,
  properties: z.strictObject({
    roleDefinitionId: z.string(),
    principalId: z.guid().toLowerCase(),
    principalType: z.enum(["ServicePrincipal", "User", "Group", "ForeignGroup", "Device"]).optional(),
    description: z.string().nullish(),
    condition: z.string().nullish(),
    conditionVersion: z.literal("2.0", { error: "the condition version must be 2.0" }).nullish(),
  }),
});
type Properties = z.output<typeof body>["properties"];

export function roleAssignmentRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, authorize } = context;
  const { access } = subscription;
  const shown = shownBy(subscription.path);

  for (const at of scopePaths) {
    const path = `${at}/providers/${type}`;

    app.get(path, async (request) => {
      const scope = scopeOf(request.url);
      authorize(request, `${type}/read`, assignmentVersions, scope, ["$filter", "$top", "$skiptoken"]);
      checkScope(context, scope);
      return armPage(request, access.all().filter(assignmentFilter(request, scope)).map(shown));
    });

    app.put<ByName>(`${path}/:name`, async (request, reply) => {
      const [id = ""] = request.url.split("?");
      const scope = scopeOf(id);
      const asked = body.safeParse(request.body).data?.properties;
      authorize(request, `${type}/write`, assignmentVersions, scope, [], asked ? { request: attributesOf(asked) } : {});
      if (!z.guid().safeParse(request.params.name).success) {
        throw badRequest(
          "InvalidRoleAssignmentId",
          `The role assignment ID '${request.params.name}' is not valid. The role assignment ID must be a GUID.`,
        );
      }
      checkScope(context, scope);
      const before = access.get(id);
      const assignment = assigned(
        context,
        { id, name: request.params.name, scope, createdBy: before?.createdBy ?? context.caller(request).objectId },
        parse(body, request.body).properties,
      );
      access.add(assignment);
      // As recorded, the answer to the first write does not contain its author yet.
      const { properties, ...rest } = shown(assignment);
      return reply
        .code(before ? 200 : 201)
        .send({ ...rest, properties: before ? properties : { ...properties, createdBy: null } });
    });

    app.get<ByName>(`${path}/:name`, async (request) => {
      const [id = ""] = request.url.split("?");
      authorize(request, `${type}/read`, assignmentVersions, scopeOf(id));
      const found = access.get(id);
      if (found) return shown(found);
      const { name } = request.params;
      throw new ArmError(404, "RoleAssignmentNotFound", `The role assignment '${name}' is not found.`);
    });

    app.delete<ByName>(`${path}/:name`, async (request, reply) => {
      const [id = ""] = request.url.split("?");
      const found = access.get(id);
      const about = found ? { resource: attributesOf(found) } : {};
      authorize(request, `${type}/delete`, assignmentVersions, scopeOf(id), [], about);
      if (!found) return reply.code(204).send();
      access.remove(id);
      return reply.code(200).send(shown(found));
    });
  }
}

/** The attributes for conditions. Azure looks up a missing principal type; here, only service principals have roles. */
const attributesOf = ({
  roleDefinitionId,
  roleId = roleIdIn(roleDefinitionId ?? ""),
  principalId,
  principalType = "ServicePrincipal",
}: {
  readonly roleDefinitionId?: string;
  readonly roleId?: string;
  readonly principalId: string;
  readonly principalType?: string;
}): AssignmentAttributes => ({ RoleDefinitionId: roleId, PrincipalId: principalId, PrincipalType: principalType });

const roleIdIn = (roleDefinitionId: string): string => roleDefinitionId.split("/").pop()?.toLowerCase() ?? "";

/** @throws ArmError for a condition that Azure or the local Azure does not accept */
function checkedCondition({ condition, conditionVersion }: Properties): { condition?: string } {
  if (typeof condition !== "string") return {};
  if (typeof conditionVersion !== "string")
    throw badRequest("InvalidCreateRoleAssignmentRequest", "conditionVersion is missing; allowed: 2.0.");
  try {
    readCondition(condition);
  } catch (error) {
    if (error instanceof ConditionError) throw badRequest("InvalidCondition", `${error.message}.`);
    throw error;
  }
  return { condition };
}

/** @throws ArmError for a role or principal that does not exist, and for a principal that already has the role */
function assigned(
  { subscription: { access }, tenant }: ArmContext,
  place: Pick<RoleAssignment, "id" | "name" | "scope" | "createdBy">,
  properties: Properties,
): RoleAssignment {
  const { roleDefinitionId, principalId, principalType, description = null } = properties;
  const roleId = roleIdIn(roleDefinitionId);
  if (!access.definition(roleId))
    throw badRequest("RoleDefinitionDoesNotExist", `The specified role definition with ID '${roleId}' does not exist.`);
  const isKnown = tenant.servicePrincipals.has(principalId) || tenant.groups.principals.has(principalId);
  const actualType = tenant.groups.typeOf(principalId);
  if (!isKnown && principalType === undefined) throw principalNotFound(principalId, tenant.id);
  if (isKnown && principalType !== undefined && principalType !== actualType) {
    throw badRequest(
      "UnmatchedPrincipalType",
      `The PrincipalId '${principalId}' has type '${actualType}', which is different from specified PrincipalType '${principalType}'. Please specify correct PrincipalType.`,
    );
  }
  const same = access
    .all()
    .find(
      (each) =>
        each.scope.toLowerCase() === place.scope.toLowerCase() &&
        each.principalId === principalId &&
        each.roleId === roleId,
    );
  if (same && same.id.toLowerCase() !== place.id.toLowerCase()) {
    throw new ArmError(
      409,
      "RoleAssignmentExists",
      `The role assignment already exists. The ID of the conflicting role assignment is ${same.name}.`,
    );
  }
  const before = access.get(place.id);
  if (before && before !== same) {
    throw badRequest(
      "RoleAssignmentUpdateNotPermitted",
      "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    );
  }
  return {
    ...place,
    principalId,
    principalType: principalType ?? actualType,
    roleId,
    description,
    ...checkedCondition(properties),
    createdOn: before?.createdOn ?? isoSeconds(tenant.now),
  };
}

type Shown = Omit<RoleAssignment, "createdBy"> & { readonly createdBy?: string | null };

const shownBy =
  (subscription: string) =>
  ({
    id,
    name,
    scope,
    principalId,
    principalType,
    roleId,
    description,
    condition,
    createdOn,
    createdBy = null,
  }: Shown) => ({
    id,
    name,
    type,
    properties: {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
      principalId,
      principalType,
      scope,
      description,
      condition: condition ?? null,
      conditionVersion: condition === undefined ? null : "2.0",
      createdOn,
      updatedOn: createdOn,
      createdBy,
      updatedBy: createdBy,
      delegatedManagedIdentityResourceId: null,
    },
  });
