import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Tenant } from "../tenant";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { notFound } from "./graphError";
import { page } from "./odata/page";
import { queryOf } from "./odata/query";
import { permit } from "./permissions";
import { durationDays } from "./policyChecks";

const lifetime = z
  .string()
  .refine((given) => durationDays(given) !== undefined, "not a duration of whole days, as P90D");
const scope = {
  "@odata.type": z.string().optional(),
  state: z.enum(["enabled", "disabled"]).optional(),
  restrictForAppsCreatedAfterDateTime: z.iso.datetime({ offset: true }).nullish(),
};
const restriction = <Type extends string>(...types: [Type, ...Type[]]) =>
  z.strictObject({
    ...scope,
    restrictionType: z.enum(types),
    maxLifetime: lifetime.nullish(),
  });

/** Only restrictions that the local Azure enforces are accepted. */
const patchBody = z.strictObject({
  "@odata.type": z.string().optional(),
  isEnabled: z.boolean().optional(),
  applicationRestrictions: z
    .strictObject({
      "@odata.type": z.string().optional(),
      passwordCredentials: z.array(restriction("passwordAddition", "passwordLifetime")).optional(),
      keyCredentials: z.array(restriction("asymmetricKeyLifetime")).optional(),
      identifierUris: z
        .strictObject({
          "@odata.type": z.string().optional(),
          nonDefaultUriAddition: z
            .strictObject({ ...scope, excludeAppsReceivingV2Tokens: z.boolean().optional() })
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

/** https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy */
export function policyRoutes(app: FastifyInstance, { tenant, base, caller, directory }: GraphContext): void {
  const path = "/policies/defaultAppManagementPolicy";

  app.get(`/:version(^v1\\.0$|^beta$)${path}`, async (request) => {
    permit.readPolicies(caller(request));
    queryOf(request, []);
    return {
      "@odata.context": `${base()}/v1.0/$metadata#policies/defaultAppManagementPolicy/$entity`,
      ...shown(tenant),
    };
  });

  // The local Azure does not support policies that override the default one for an application.
  app.get<{ Params: { id: string } }>("/v1.0/applications/:id/appManagementPolicies", async (request) => {
    permit.readPolicies(caller(request));
    const id = request.params.id.toLowerCase();
    if (!directory(request).application(id)) throw notFound(id);
    const address = `${base()}/v1.0/applications/${id}/appManagementPolicies`;
    const context = `${base()}/v1.0/$metadata#policies/appManagementPolicies`;
    return page(context, address, entityTypes.appManagementPolicy, [], queryOf(request));
  });

  app.patch(`/:version(^v1\\.0$|^beta$)${path}`, async (request, reply) => {
    permit.changePolicies(caller(request));
    const { isEnabled, applicationRestrictions } = bodies.parse(patchBody, request.body, "TenantAppManagementPolicy");
    const before = tenant.settings.defaultAppManagementPolicy;
    tenant.settings.defaultAppManagementPolicy = {
      ...before,
      isEnabled: isEnabled ?? before.isEnabled,
      passwordCredentials: applicationRestrictions?.passwordCredentials ?? before.passwordCredentials,
      keyCredentials: applicationRestrictions?.keyCredentials ?? before.keyCredentials,
      identifierUris: applicationRestrictions?.identifierUris ?? before.identifierUris ?? {},
    };
    return reply.code(204).send();
  });
}

function shown({ id: tenantId, settings: { defaultAppManagementPolicy: policy } }: Tenant): Record<string, unknown> {
  const { id, isEnabled, passwordCredentials, keyCredentials, identifierUris } = policy;
  return {
    "@odata.id": `https://graph.microsoft.com/v2/${tenantId}/defaultAppManagementPolicy/${id}`,
    id,
    deletedDateTime: null,
    displayName: "Default app management tenant policy",
    description:
      "Default tenant policy that enforces app management restrictions on applications and service principals. To apply policy to targeted resources, create a new policy under appManagementPolicies collection.",
    isEnabled,
    applicationRestrictions: { passwordCredentials, keyCredentials, ...(identifierUris ? { identifierUris } : {}) },
    servicePrincipalRestrictions: { passwordCredentials: [], keyCredentials: [] },
  };
}
