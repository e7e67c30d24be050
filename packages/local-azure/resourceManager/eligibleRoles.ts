import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isoSeconds } from "../directoryObjects";
import { eligibleFrom, licenceNeeded } from "../graph/eligibleRoles";
import { isWithin } from "../roleBasedAccess";
import { type ArmContext, parse } from "./armContext";
import { ArmError, badRequest, principalNotFound } from "./armError";
import { armPage } from "./armPage";
import { readOnly } from "./readOnly";
import { checkScope, scopeOf, scopePaths } from "./scopes";
import type { EligibleAzureRole } from "./subscription";

export const eligibilityVersions = ["2020-10-01", "2020-10-01-preview"];
const provider = "Microsoft.Authorization";
type ByName = { Params: { name: string } };

const body = z.strictObject({
  ...readOnly,
  properties: z.strictObject({
    requestType: z.enum(["AdminAssign", "AdminRemove"]),
    principalId: z.guid().toLowerCase(),
    roleDefinitionId: z.string(),
    justification: z.string().nullish(),
    scheduleInfo: eligibleFrom("NoExpiration"),
  }),
});

/**
 * Azure roles that somebody can activate in Privileged Identity Management. They are only listed: nobody activates one here.
 * https://learn.microsoft.com/rest/api/authorization/role-eligibility-schedule-instances
 */
export function eligibleRoleRoutes(app: FastifyInstance, context: ArmContext): void {
  const { subscription, tenant, authorize } = context;
  const { eligibleRoles, access } = subscription;
  const checkLicence = () => {
    if (!tenant.settings.privilegedIdentityManagement) throw badRequest("AadPremiumLicenseRequired", licenceNeeded);
  };

  for (const at of scopePaths) {
    app.get(`${at}/providers/${provider}/roleEligibilityScheduleInstances`, async (request) => {
      const scope = scopeOf(request.url);
      authorize(request, `${provider}/roleEligibilityScheduleInstances/read`, eligibilityVersions, scope);
      checkLicence();
      checkScope(context, scope);
      const rows = [...eligibleRoles.values()].filter(
        (each) => isWithin(scope, each.scope) || isWithin(each.scope, scope),
      );
      return armPage(request, rows.map(shownBy(context)));
    });

    app.put<ByName>(`${at}/providers/${provider}/roleEligibilityScheduleRequests/:name`, async (request, reply) => {
      const scope = scopeOf(request.url);
      authorize(request, `${provider}/roleEligibilityScheduleRequests/write`, eligibilityVersions, scope);
      checkLicence();
      checkScope(context, scope);
      const { name } = request.params;
      if (!z.guid().safeParse(name).success)
        throw badRequest("InvalidRoleEligibilityScheduleRequestId", `The name '${name}' must be a GUID.`);
      const asked = parse(body, request.body).properties;
      const { requestType, principalId, roleDefinitionId, justification = null } = asked;
      const startDateTime = asked.scheduleInfo?.startDateTime ?? undefined;
      const roleId = roleDefinitionId.split("/").pop()?.toLowerCase() ?? "";
      if (!access.definition(roleId))
        throw badRequest(
          "RoleDefinitionDoesNotExist",
          `The specified role definition with ID '${roleId}' does not exist.`,
        );
      const same = [...eligibleRoles.values()].find(
        (each) =>
          each.principalId === principalId &&
          each.roleId === roleId &&
          each.scope.toLowerCase() === scope.toLowerCase(),
      );
      if (requestType === "AdminRemove") {
        if (!same) throw new ArmError(404, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.");
        eligibleRoles.delete(same.name);
      } else {
        if (!tenant.servicePrincipals.has(principalId) && !tenant.groups.principals.has(principalId))
          throw principalNotFound(principalId, tenant.id);
        if (same) throw new ArmError(409, "RoleAssignmentExists", "The Role assignment already exists.");
        const role = { name, scope, principalId, roleId, createdOn: isoSeconds(tenant.now), startDateTime };
        eligibleRoles.set(name, role);
      }
      return reply.code(201).send({
        id: `${scope}/providers/${provider}/roleEligibilityScheduleRequests/${name}`,
        name,
        type: `${provider}/roleEligibilityScheduleRequests`,
        properties: {
          ...{ requestType, principalId, roleDefinitionId, scope, justification },
          scheduleInfo: {
            startDateTime: startDateTime ?? isoSeconds(tenant.now),
            expiration: { type: "NoExpiration" },
          },
          status: requestType === "AdminRemove" ? "Revoked" : "Provisioned",
        },
      });
    });
  }
}

const shownBy =
  ({ subscription, tenant }: ArmContext) =>
  ({ name, scope, principalId, roleId, createdOn, startDateTime = createdOn, condition }: EligibleAzureRole) => {
    const type = `${provider}/roleEligibilityScheduleInstances`;
    return {
      id: `${scope}/providers/${type}/${name}`,
      name,
      type,
      properties: {
        scope,
        roleDefinitionId: `${subscription.path}/providers/${provider}/roleDefinitions/${roleId}`,
        principalId,
        principalType: tenant.groups.typeOf(principalId),
        roleEligibilityScheduleId: `${scope}/providers/${provider}/roleEligibilitySchedules/${name}`,
        status: "Provisioned",
        startDateTime,
        memberType: "Direct",
        ...(condition === undefined ? {} : { condition, conditionVersion: "2.0" }),
        createdOn,
      },
    };
  };
