import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Directory } from "../directory";
import type { ServicePrincipal } from "../directoryObjects";
import { assignmentRoutes, shownAssignment } from "./appRoleAssignments";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import type { GraphContext } from "./graphContext";
import { badRequest, denied, GraphError, notFound } from "./graphError";
import { checkCreatorQuota } from "./limits";
import type { Row } from "./odata/entityType";
import { isUpsert, keyOf } from "./odata/keys";
import { candidates, type Expansions, page, selected, sendCount } from "./odata/page";
import { objectQueryOf, queryOf } from "./odata/query";
import { boundOwners, ownedObjectRoutes, ownerRoutes, shownOwners } from "./owners";
import { passwordRoutes } from "./passwords";
import { permit } from "./permissions";
import { keptDefaults, shownPrincipal } from "./shownPrincipal";

type Body = z.output<typeof bodies.servicePrincipal>;
type ById = { Params: { id: string } };

export function servicePrincipalRoutes(app: FastifyInstance, graph: GraphContext): void {
  const { tenant, base, caller, directory, ordered } = graph;
  /** The service principal as the answering replica shows it. */
  const see = (request: FastifyRequest<ById>): ServicePrincipal => {
    const appId = keyOf(request.params.id, "appId");
    const seen = directory(request);
    const found =
      appId === undefined ? seen.servicePrincipal(request.params.id.toLowerCase()) : seen.servicePrincipalOf(appId);
    if (!found) throw notFound(request.params.id);
    return found;
  };
  /** The service principal that a write changes. A replica that does not have it yet refuses the write. */
  const find = (request: FastifyRequest<ById>): ServicePrincipal => {
    const found = tenant.servicePrincipals.get(see(request).id);
    if (!found) throw notFound(request.params.id);
    return found;
  };
  const context = (suffix: string) => `${base()}/v1.0/$metadata#servicePrincipals${suffix}`;

  const type = entityTypes.servicePrincipal;
  /** As recorded, only beta returns `samlMetadataUrl`. */
  const shown = (
    request: FastifyRequest,
    seen: Pick<Directory, "applicationOf" | "appRolesOf">,
    principal: ServicePrincipal,
  ): Row & { readonly id: string } => {
    const { samlMetadataUrl, ...row } = shownPrincipal(tenant, seen, principal);
    return (request.params as { version?: string }).version === "beta" ? { ...row, samlMetadataUrl } : row;
  };
  const listed = (request: FastifyRequest) => {
    const seen = directory(request);
    const principals = candidates(ordered(seen.servicePrincipals()), queryOf(request));
    return principals.map((each) => shown(request, seen, each));
  };
  /** The relations that `$expand` can add. */
  const expansions = (request: FastifyRequest): Expansions<Row & { readonly id: string }> => {
    const seen = directory(request);
    return {
      owners: ({ id }) => shownOwners(tenant, seen, seen.servicePrincipal(id)?.owners ?? []),
      appRoleAssignments: ({ id }) => seen.assignmentsOf(id).map((each) => shownAssignment(tenant, each)),
      appRoleAssignedTo: ({ id }) => seen.assignedTo(id).map((each) => shownAssignment(tenant, each)),
    };
  };

  const create = (request: FastifyRequest, body: Body): Row => {
    const by = caller(request);
    permit.create(by);
    const application = body.appId === undefined ? undefined : directory(request).applicationOf(body.appId);
    if (!application) {
      throw badRequest(
        `The appId '${body.appId}' of the service principal does not reference a valid application object.`,
        "NoBackingApplicationObject",
      );
    }
    permit.manage(by, application.owners);
    checkCreatorQuota(tenant, by);
    if (tenant.servicePrincipalOf(application.appId)) {
      throw new GraphError(
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        `The service principal cannot be created, updated, or restored because the service principal name ${application.appId} is already in use.`,
      );
    }
    const bound = boundOwners(tenant, body["owners@odata.bind"]);
    // The name of a principal is that of its application, which the answering replica may show in an earlier state.
    const { displayName } = tenant.applicationOf(application.appId) ?? application;
    const principal = tenant.addServicePrincipal({ appId: application.appId, displayName }, [by.objectId, ...bound]);
    principal.properties.createdByAppId = by.appId;
    change(principal, body);
    tenant.quota.created(principal.id, by.objectId);
    return { "@odata.context": context("/$entity"), ...shown(request, tenant, principal) };
  };

  app.post("/v1.0/servicePrincipals", async (request, reply) =>
    reply.code(201).send(create(request, bodies.parse(bodies.servicePrincipal, request.body, "ServicePrincipal"))),
  );

  app.get("/:version(^v1\\.0$|^beta$)/servicePrincipals", async (request) => {
    permit.read(caller(request));
    const address = `${base()}/v1.0/servicePrincipals`;
    return page(context(""), address, type, listed(request), queryOf(request), expansions(request));
  });

  app.get("/v1.0/servicePrincipals/$count", async (request, reply) => {
    permit.read(caller(request));
    return sendCount(request, reply, type, listed(request));
  });

  app.get<ById>("/:version(^v1\\.0$|^beta$)/servicePrincipals/:id", async (request) => {
    permit.read(caller(request));
    const row = shown(request, directory(request), see(request));
    return {
      "@odata.context": context("/$entity"),
      ...selected(type, row, objectQueryOf(request), expansions(request)),
    };
  });

  app.patch<ById>("/v1.0/servicePrincipals/:id", async (request, reply) => {
    const appId = keyOf(request.params.id, "appId");
    if (appId !== undefined && isUpsert(request) && !tenant.servicePrincipalOf(appId)) {
      const body = bodies.parse(bodies.servicePrincipal, request.body, "ServicePrincipal");
      return reply.code(201).send(create(request, { ...body, appId }));
    }
    const principal = find(request);
    permit.manage(caller(request), principal.owners);
    const body = bodies.parse(bodies.changedPrincipal, request.body, "ServicePrincipal");
    if (body.appId !== undefined && body.appId !== principal.appId)
      throw badRequest("Property 'appId' is read-only and cannot be set.");
    tenant.changingPrincipal(principal);
    change(principal, body);
    return reply.code(204).send();
  });

  app.delete<ById>("/v1.0/servicePrincipals/:id", async (request, reply) => {
    const principal = find(request);
    // A managed identity's principal is deleted with the identity, and Microsoft's own cannot be deleted.
    if (principal.servicePrincipalType === "ManagedIdentity" || principal.foreign) throw denied();
    permit.manage(
      caller(request),
      new Set([...principal.owners, ...(tenant.applicationOf(principal.appId)?.owners ?? [])]),
    );
    tenant.removeServicePrincipal(principal);
    return reply.code(204).send();
  });

  passwordRoutes(app, "servicePrincipals", find, () => {}, graph);
  ownedObjectRoutes(app, graph);
  ownerRoutes(
    app,
    "servicePrincipals",
    { see, find, changing: (principal) => tenant.changingPrincipal(principal) },
    graph,
  );
  assignmentRoutes(app, { see, find }, graph);
}

function change(principal: ServicePrincipal, body: Body): void {
  principal.accountEnabled = body.accountEnabled ?? principal.accountEnabled;
  principal.appRoleAssignmentRequired = body.appRoleAssignmentRequired ?? principal.appRoleAssignmentRequired;
  for (const name of Object.keys(keptDefaults) as (keyof typeof keptDefaults)[]) {
    if (body[name] !== undefined) principal.properties[name] = body[name];
  }
}
