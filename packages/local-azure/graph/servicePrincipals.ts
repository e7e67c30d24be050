import { microsoftTenantId } from "@microservice-identities/well-known/clouds";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Directory } from "../directory";
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

export function servicePrincipalRoutes(app: FastifyInstance, graph: GraphContext): void {
  const { tenant, base, caller, directory, ordered } = graph;
  /** As the replica shows it that answers. */
  const see = (request: FastifyRequest<ById>): ServicePrincipal => {
    const found = directory(request).servicePrincipal(request.params.id.toLowerCase());
    if (!found) throw notFound(request.params.id);
    return found;
  };
  /** What a write changes: a replica that does not have it refuses the write. */
  const find = (request: FastifyRequest<ById>): ServicePrincipal => {
    const found = tenant.servicePrincipals.get(see(request).id);
    if (!found) throw notFound(request.params.id);
    return found;
  };
  const context = (suffix: string) => `${base()}/v1.0/$metadata#servicePrincipals${suffix}`;

  app.post("/v1.0/servicePrincipals", async (request, reply) => {
    const by = caller(request);
    permit.create(by);
    const body = bodies.parse(bodies.servicePrincipal, request.body, "ServicePrincipal");
    const application = body.appId === undefined ? undefined : directory(request).applicationOf(body.appId);
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
    return reply
      .code(201)
      .send({ "@odata.context": context("/$entity"), ...shownPrincipal(tenant, tenant, principal) });
  });

  app.get("/:version(^v1\\.0$|^beta$)/servicePrincipals", async (request) => {
    permit.read(caller(request));
    const query = queryOf(request.query);
    const seen = directory(request);
    const rows = candidates(ordered(seen.servicePrincipals()), query);
    return page(
      context(""),
      `${base()}/v1.0/servicePrincipals`,
      rows.map((row) => shownPrincipal(tenant, seen, row)),
      query,
    );
  });

  app.get<ById>("/:version(^v1\\.0$|^beta$)/servicePrincipals/:id", async (request) => {
    permit.read(caller(request));
    const { $select } = queryOf(request.query);
    return {
      "@odata.context": context("/$entity"),
      ...select(shownPrincipal(tenant, directory(request), see(request)), $select),
    };
  });

  app.get<ById>("/v1.0/directoryObjects/:id", async (request) => {
    permit.read(caller(request));
    return {
      "@odata.type": "#microsoft.graph.servicePrincipal",
      ...shownPrincipal(tenant, directory(request), see(request)),
    };
  });

  app.patch<ById>("/v1.0/servicePrincipals/:id", async (request, reply) => {
    const principal = find(request);
    permit.manage(caller(request), principal.owners);
    const body = bodies.parse(bodies.servicePrincipal, request.body, "ServicePrincipal");
    if (body.appId !== undefined && body.appId !== principal.appId)
      throw badRequest("Property 'appId' is read-only and cannot be set.");
    tenant.changingPrincipal(principal);
    change(principal, body);
    return reply.code(204).send();
  });

  app.delete<ById>("/v1.0/servicePrincipals/:id", async (request, reply) => {
    const principal = find(request);
    // A managed identity's goes with the identity, and Microsoft's own stay.
    if (principal.servicePrincipalType === "ManagedIdentity" || principal.foreign) throw denied();
    permit.manage(
      caller(request),
      new Set([...principal.owners, ...(tenant.applicationOf(principal.appId)?.owners ?? [])]),
    );
    tenant.removeServicePrincipal(principal);
    return reply.code(204).send();
  });

  ownerRoutes(
    app,
    "servicePrincipals",
    { see, find, changing: (principal) => tenant.changingPrincipal(principal) },
    graph,
  );
  assignmentRoutes(app, { see, find }, graph);
}

/** App role assignments, from the API's side (`appRoleAssignedTo`) and from the holder's (`appRoleAssignments`). */
function assignmentRoutes(
  app: FastifyInstance,
  { see, find }: Record<"see" | "find", (request: FastifyRequest<ById>) => ServicePrincipal>,
  { tenant, base, caller, directory, ordered }: GraphContext,
): void {
  const sides = {
    appRoleAssignedTo: { list: (seen: Directory, id: string) => seen.assignedTo(id), key: "resourceId" },
    appRoleAssignments: { list: (seen: Directory, id: string) => seen.assignmentsOf(id), key: "principalId" },
  } as const;

  for (const [side, { list, key }] of Object.entries(sides)) {
    const path = `/v1.0/servicePrincipals/:id/${side}`;
    type ByAssignment = { Params: { id: string; assignment: string } };
    const context = (id: string) => `${base()}/v1.0/$metadata#servicePrincipals('${id}')/${side}`;
    const assignmentOf = (
      from: Pick<Tenant, "assignment">,
      principal: ServicePrincipal,
      id: string,
    ): AppRoleAssignment => {
      const found = from.assignment(id);
      if (found?.[key] !== principal.id) throw notFound(id);
      return found;
    };

    app.post<ById>(path, async (request, reply) => {
      permit.assign(caller(request));
      const principal = find(request);
      const body = bodies.parse(bodies.appRoleAssignment, request.body, "AppRoleAssignment");
      if (body[key] !== principal.id)
        throw badRequest(`Property '${key}' is '${body[key]}', but the address names '${principal.id}'.`);
      const seen = directory(request);
      const [holder, api] = [body.principalId, body.resourceId].map((id) => {
        const found = seen.servicePrincipal(id.toLowerCase());
        if (!found) throw notFound(id);
        return found;
      }) as [ServicePrincipal, ServicePrincipal];
      checkAssignable(seen, api, body.appRoleId);
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
      const { id } = see(request);
      const rows = ordered(list(directory(request), id)).map((assignment) => shown(tenant, assignment));
      return page(context(id), `${base()}${path.replace(":id", id)}`, rows, queryOf(request.query));
    });

    app.get<ByAssignment>(`${path}/:assignment`, async (request) => {
      permit.readAssignments(caller(request));
      const principal = see(request);
      const assignment = assignmentOf(directory(request), principal, request.params.assignment);
      return { "@odata.context": `${context(principal.id)}/$entity`, ...shown(tenant, assignment) };
    });

    app.delete<ByAssignment>(`${path}/:assignment`, async (request, reply) => {
      permit.unassign(caller(request));
      tenant.unassign(assignmentOf(tenant, find(request), request.params.assignment));
      return reply.code(204).send();
    });
  }
}

function checkAssignable(seen: Directory, api: ServicePrincipal, appRoleId: string): void {
  if (appRoleId === defaultAccessRoleId) return;
  const role = seen.appRolesOf(api).find(({ id }) => id === appRoleId);
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

/** @param seen where its application and roles are read */
export function shownPrincipal(
  tenant: Tenant,
  seen: Pick<Tenant, "applicationOf" | "appRolesOf">,
  principal: ServicePrincipal,
): Record<string, unknown> {
  const application = seen.applicationOf(principal.appId);
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
    appRoles: seen.appRolesOf(principal).map((role) => ({ ...role, origin: "Application" })),
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
