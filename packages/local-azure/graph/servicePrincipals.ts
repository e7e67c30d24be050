import { microsoftTenantId } from "@microservice-identities/well-known/clouds";
import type { FastifyInstance } from "fastify";
import { type AppRoleAssignment, defaultAccessRoleId, type ServicePrincipal, type Tenant } from "../tenant";
import * as bodies from "./bodies";
import type { GraphContext } from "./graph";
import { badRequest, denied, GraphError, notFound } from "./graphError";
import { candidates, page, queryOf, select } from "./odata";
import { ownerRoutes } from "./owners";
import { permit } from "./permissions";

type ById = { Params: { id: string } };

const keptDefaults = {
  alternativeNames: [],
  description: null,
  loginUrl: null,
  notes: null,
  notificationEmailAddresses: [],
  preferredSingleSignOnMode: null,
  samlSingleSignOnSettings: null,
  tags: [],
};

export function servicePrincipalRoutes(app: FastifyInstance, { tenant, base, caller }: GraphContext): void {
  const find = (id: string): ServicePrincipal => {
    const found = tenant.servicePrincipals.get(id.toLowerCase());
    if (!found) throw notFound(id);
    return found;
  };
  const context = (suffix: string) => `${base()}/v1.0/$metadata#servicePrincipals${suffix}`;

  app.post("/v1.0/servicePrincipals", async (request, reply) => {
    const by = caller(request);
    permit.create(by);
    const body = bodies.parse(bodies.servicePrincipal, request.body, "ServicePrincipal");
    const application = body.appId === undefined ? undefined : tenant.applicationOf(body.appId);
    if (!application) {
      throw badRequest(
        `The appId '${body.appId}' of the service principal does not reference a valid application object.`,
        "NoBackingApplicationObject",
      );
    }
    permit.manage(by, application.owners);
    if (tenant.servicePrincipalOf(application.appId)) {
      throw new GraphError(
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        `The service principal cannot be created: one with the appId '${application.appId}' already exists.`,
      );
    }
    const principal = tenant.addServicePrincipal({ appId: application.appId, displayName: application.displayName }, [
      by.objectId,
    ]);
    for (const address of body["owners@odata.bind"] ?? []) principal.owners.add(address.split("/").pop() ?? "");
    change(principal, body);
    return reply.code(201).send({ "@odata.context": context("/$entity"), ...shownPrincipal(tenant, principal) });
  });

  app.get("/:version(^v1\\.0$|^beta$)/servicePrincipals", async (request) => {
    permit.read(caller(request));
    const query = queryOf(request.query);
    const rows = candidates(tenant.servicePrincipals.values(), query);
    return page(
      context(""),
      `${base()}/v1.0/servicePrincipals`,
      rows.map((row) => shownPrincipal(tenant, row)),
      query,
    );
  });

  app.get<ById>("/:version(^v1\\.0$|^beta$)/servicePrincipals/:id", async (request) => {
    permit.read(caller(request));
    const { $select } = queryOf(request.query);
    return {
      "@odata.context": context("/$entity"),
      ...select(shownPrincipal(tenant, find(request.params.id)), $select),
    };
  });

  app.get<ById>("/v1.0/directoryObjects/:id", async (request) => {
    permit.read(caller(request));
    return { "@odata.type": "#microsoft.graph.servicePrincipal", ...shownPrincipal(tenant, find(request.params.id)) };
  });

  app.patch<ById>("/v1.0/servicePrincipals/:id", async (request, reply) => {
    const principal = find(request.params.id);
    permit.manage(caller(request), principal.owners);
    const body = bodies.parse(bodies.servicePrincipal, request.body, "ServicePrincipal");
    if (body.appId !== undefined && body.appId !== principal.appId)
      throw badRequest("Property 'appId' is read-only and cannot be set.");
    change(principal, body);
    return reply.code(204).send();
  });

  app.delete<ById>("/v1.0/servicePrincipals/:id", async (request, reply) => {
    const principal = find(request.params.id);
    // A managed identity's goes with the identity, and Microsoft's own stay.
    if (principal.servicePrincipalType === "ManagedIdentity" || principal.foreign) throw denied();
    permit.manage(
      caller(request),
      new Set([...principal.owners, ...(tenant.applicationOf(principal.appId)?.owners ?? [])]),
    );
    tenant.removeServicePrincipal(principal);
    return reply.code(204).send();
  });

  ownerRoutes(app, "servicePrincipals", find, { tenant, base, caller });
  assignmentRoutes(app, find, { tenant, base, caller });
}

/** App role assignments, from the API's side (`appRoleAssignedTo`) and from the holder's (`appRoleAssignments`). */
function assignmentRoutes(
  app: FastifyInstance,
  find: (id: string) => ServicePrincipal,
  { tenant, base, caller }: GraphContext,
): void {
  const sides = {
    appRoleAssignedTo: { list: (id: string) => tenant.assignedTo(id), key: "resourceId" },
    appRoleAssignments: { list: (id: string) => tenant.assignmentsOf(id), key: "principalId" },
  } as const;

  for (const [side, { list, key }] of Object.entries(sides)) {
    const path = `/v1.0/servicePrincipals/:id/${side}`;
    type ByAssignment = { Params: { id: string; assignment: string } };
    const context = (id: string) => `${base()}/v1.0/$metadata#servicePrincipals('${id}')/${side}`;
    const assignmentOf = (principal: ServicePrincipal, id: string): AppRoleAssignment => {
      const found = tenant.assignment(id);
      if (found?.[key] !== principal.id) throw notFound(id);
      return found;
    };

    app.post<ById>(path, async (request, reply) => {
      permit.assign(caller(request));
      const principal = find(request.params.id);
      const body = bodies.parse(bodies.appRoleAssignment, request.body, "AppRoleAssignment");
      if (body[key] !== principal.id)
        throw badRequest(`Property '${key}' is '${body[key]}', but the address names '${principal.id}'.`);
      const holder = find(body.principalId);
      const api = find(body.resourceId);
      checkAssignable(tenant, api, body.appRoleId);
      if (tenant.assignmentsOf(holder.id).some((a) => a.resourceId === api.id && a.appRoleId === body.appRoleId)) {
        throw badRequest("Permission being assigned already exists on the object", "InvalidUpdate");
      }
      const assignment = tenant.assign(holder.id, api.id, body.appRoleId);
      return reply
        .code(201)
        .send({ "@odata.context": `${context(principal.id)}/$entity`, ...shown(tenant, assignment) });
    });

    app.get<ById>(path, async (request) => {
      permit.readAssignments(caller(request));
      const { id } = find(request.params.id);
      const rows = list(id).map((assignment) => shown(tenant, assignment));
      return page(context(id), `${base()}${path.replace(":id", id)}`, rows, queryOf(request.query));
    });

    app.get<ByAssignment>(`${path}/:assignment`, async (request) => {
      permit.readAssignments(caller(request));
      const principal = find(request.params.id);
      const assignment = assignmentOf(principal, request.params.assignment);
      return { "@odata.context": `${context(principal.id)}/$entity`, ...shown(tenant, assignment) };
    });

    app.delete<ByAssignment>(`${path}/:assignment`, async (request, reply) => {
      permit.unassign(caller(request));
      tenant.unassign(assignmentOf(find(request.params.id), request.params.assignment));
      return reply.code(204).send();
    });
  }
}

function checkAssignable(tenant: Tenant, api: ServicePrincipal, appRoleId: string): void {
  if (appRoleId === defaultAccessRoleId) return;
  const role = tenant.appRolesOf(api).find(({ id }) => id === appRoleId);
  if (!role?.isEnabled) throw badRequest(`Permission being assigned was not found on application '${api.appId}'.`);
  if (!role.allowedMemberTypes.includes("Application")) {
    throw badRequest(`Permission being assigned, '${role.value}', is not for applications.`);
  }
}

function change(principal: ServicePrincipal, body: ReturnType<typeof bodies.servicePrincipal.parse>): void {
  principal.accountEnabled = body.accountEnabled ?? principal.accountEnabled;
  principal.appRoleAssignmentRequired = body.appRoleAssignmentRequired ?? principal.appRoleAssignmentRequired;
  for (const name of Object.keys(keptDefaults) as (keyof typeof keptDefaults)[]) {
    if (body[name] !== undefined) principal.properties[name] = body[name];
  }
}

export function shownPrincipal(tenant: Tenant, principal: ServicePrincipal): Record<string, unknown> {
  const application = tenant.applicationOf(principal.appId);
  return {
    id: principal.id,
    deletedDateTime: null,
    accountEnabled: principal.accountEnabled,
    appDescription: application?.properties.description ?? null,
    appDisplayName: application?.displayName ?? principal.displayName,
    appId: principal.appId,
    applicationTemplateId: null,
    appOwnerOrganizationId: principal.foreign ? microsoftTenantId : tenant.id,
    appRoleAssignmentRequired: principal.appRoleAssignmentRequired,
    createdDateTime: principal.createdDateTime,
    disabledByMicrosoftStatus: null,
    displayName: application?.displayName ?? principal.displayName,
    homepage: null,
    logoutUrl: null,
    replyUrls: [],
    samlMetadataUrl: null,
    servicePrincipalNames: tenant.namesOf(principal),
    servicePrincipalType: principal.servicePrincipalType,
    signInAudience: principal.servicePrincipalType === "ManagedIdentity" ? null : "AzureADMyOrg",
    ...keptDefaults,
    ...principal.properties,
    addIns: [],
    appRoles: tenant.appRolesOf(principal).map((role) => ({ ...role, origin: "Application" })),
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: [],
    oauth2PermissionScopes: [],
    passwordCredentials: [],
    resourceSpecificApplicationPermissions: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  };
}

function shown(tenant: Tenant, assignment: AppRoleAssignment): Record<string, unknown> {
  return {
    id: assignment.id,
    deletedDateTime: null,
    appRoleId: assignment.appRoleId,
    createdDateTime: assignment.createdDateTime,
    principalDisplayName: tenant.servicePrincipals.get(assignment.principalId)?.displayName ?? null,
    principalId: assignment.principalId,
    principalType: "ServicePrincipal",
    resourceDisplayName: tenant.servicePrincipals.get(assignment.resourceId)?.displayName ?? null,
    resourceId: assignment.resourceId,
  };
}
