import { randomUUID } from "node:crypto";
import { directoryRoleWithId } from "@microservice-identities/well-known/azureRoles";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isoSeconds } from "../directoryObjects";
import type { EligibleDirectoryRole } from "../tenant";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";

/**
 * When a role becomes eligible, stored without effect. Eligible roles have no end here.
 *
 * @param noExpiration the name that the API gives to a schedule without end
 */
export const eligibleFrom = (noExpiration: string) =>
  z
    .strictObject({
      "@odata.type": z.string().optional(),
      startDateTime: z.iso.datetime({ offset: true }).nullish(),
      recurrence: z.null().optional(),
      expiration: z
        .strictObject({
          "@odata.type": z.string().optional(),
          type: z.literal(noExpiration, { error: `the local Azure serves only ${noExpiration}` }),
          endDateTime: z.null().optional(),
          duration: z.null().optional(),
        })
        .nullish(),
    })
    .nullish();

const requestBody = z.strictObject({
  "@odata.type": z.string().optional(),
  action: z.enum(["adminAssign", "adminRemove"]),
  principalId: z.guid().toLowerCase(),
  roleDefinitionId: z.guid().toLowerCase(),
  directoryScopeId: z.string().regex(/^\/([\w-]+(\/[\w-]+)?)?$/, { error: "allowed: / or /{object id}" }),
  justification: z.string().nullable().optional(),
  scheduleInfo: eligibleFrom("noExpiration"),
});

/**
 * Roles of the directory that somebody can activate in Privileged Identity Management. They are only listed: nobody activates one here.
 * https://learn.microsoft.com/graph/api/resources/unifiedroleeligibilityschedule
 */
export function eligibleRoleRoutes(app: FastifyInstance, { tenant, base, caller, ordered }: GraphContext): void {
  const directory = "/v1.0/roleManagement/directory";
  const context = (suffix: string) => `${base()}/v1.0/$metadata#roleManagement/directory/${suffix}`;
  const checkLicence = () => {
    if (!tenant.settings.privilegedIdentityManagement) throw badRequest(licenceNeeded, "AadPremiumLicenseRequired");
  };

  app.get(`${directory}/roleEligibilitySchedules`, async (request) => {
    permit.readEligibleRoles(caller(request));
    checkLicence();
    const rows = ordered([...tenant.eligibleRoles.values()]).map(shown);
    const address = `${base()}${directory}/roleEligibilitySchedules`;
    const type = entityTypes.unifiedRoleEligibilitySchedule;
    return page(context("roleEligibilitySchedules"), address, type, rows, queryOf(request));
  });

  const requests = "roleEligibilityScheduleRequests";
  // Of the requests, only those are kept by which an eligible role was created.
  app.get<{ Params: { id: string } }>(`${directory}/${requests}/:id`, async (request) => {
    permit.readEligibleRoles(caller(request));
    queryOf(request, []);
    checkLicence();
    const role = tenant.eligibleRoles.get(request.params.id);
    if (!role) throw notFound(request.params.id);
    return { "@odata.context": context(`${requests}/$entity`), ...shownRequest(role, "adminAssign") };
  });

  app.post(`${directory}/${requests}`, async (request, reply) => {
    permit.changeEligibleRoles(caller(request));
    checkLicence();
    const asked = bodies.parse(requestBody, request.body, "UnifiedRoleEligibilityScheduleRequest");
    const { action, principalId, roleDefinitionId, directoryScopeId, justification = null } = asked;
    const startDateTime = asked.scheduleInfo?.startDateTime ?? undefined;
    if (!tenant.consent.roles.has(roleDefinitionId) && !directoryRoleWithId(roleDefinitionId))
      throw notFound(roleDefinitionId);
    const same = [...tenant.eligibleRoles.values()].find(
      (each) =>
        each.principalId === principalId &&
        each.roleDefinitionId === roleDefinitionId &&
        each.directoryScopeId === directoryScopeId,
    );
    const id = randomUUID();
    const createdDateTime = isoSeconds(tenant.now);
    const role = {
      id: same?.id ?? id,
      principalId,
      roleDefinitionId,
      directoryScopeId,
      createdDateTime,
      startDateTime,
    };
    if (action === "adminRemove") {
      if (!same) throw badRequest("The Role assignment does not exist.", "RoleAssignmentDoesNotExist");
      tenant.eligibleRoles.delete(same.id);
    } else {
      if (same) throw badRequest("The Role assignment already exists.", "RoleAssignmentExists");
      if (!tenant.servicePrincipals.has(principalId) && !tenant.groups.principals.has(principalId))
        throw notFound(principalId);
      tenant.eligibleRoles.set(id, role);
    }
    return reply
      .code(201)
      .send({ "@odata.context": context(`${requests}/$entity`), ...shownRequest(role, action), id, justification });
  });
}

/** The text is that of reports about tenants without the licence. */
export const licenceNeeded = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";

const shown = ({ createdDateTime, startDateTime = createdDateTime, ...role }: EligibleDirectoryRole) => ({
  ...role,
  appScopeId: null,
  createdUsing: role.id,
  createdDateTime,
  modifiedDateTime: createdDateTime,
  status: "Provisioned",
  memberType: "Direct",
  scheduleInfo: {
    startDateTime,
    recurrence: null,
    expiration: { type: "noExpiration", endDateTime: null, duration: null },
  },
});

const shownRequest = (
  { id, createdDateTime, startDateTime, ...role }: EligibleDirectoryRole,
  action: "adminAssign" | "adminRemove",
) => ({
  ...role,
  ...{ id, action, appScopeId: null, approvalId: null, completedDateTime: createdDateTime, createdBy: null },
  ...{ createdDateTime, customData: null, isValidationOnly: false, justification: null, targetScheduleId: id },
  status: action === "adminRemove" ? "Revoked" : "Provisioned",
  scheduleInfo: shown({ id, createdDateTime, startDateTime, ...role }).scheduleInfo,
  ticketInfo: { ticketNumber: null, ticketSystem: null },
});
