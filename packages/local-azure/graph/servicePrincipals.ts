import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ServicePrincipal } from "../directoryObjects";
import { assignmentRoutes } from "./appRoleAssignments";
import * as bodies from "./bodies";
import type { GraphContext } from "./graphContext";
import { badRequest, denied, GraphError, notFound } from "./graphError";
import { checkCreatorQuota } from "./limits";
import { candidates, page, queryOf, select } from "./odata";
import { ownerRoutes } from "./owners";
import { permit } from "./permissions";
import { keptDefaults, shownPrincipal } from "./shownPrincipal";

type ById = { Params: { id: string } };

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
    checkCreatorQuota(tenant, by);
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
    tenant.quota.created(principal.id, by.objectId);
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

function change(principal: ServicePrincipal, body: ReturnType<typeof bodies.servicePrincipal.parse>): void {
  principal.accountEnabled = body.accountEnabled ?? principal.accountEnabled;
  principal.appRoleAssignmentRequired = body.appRoleAssignmentRequired ?? principal.appRoleAssignmentRequired;
  for (const name of Object.keys(keptDefaults) as (keyof typeof keptDefaults)[]) {
    if (body[name] !== undefined) principal.properties[name] = body[name];
  }
}
