import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Directory } from "../directory";
import type { Application } from "../directoryObjects";
import type { Tenant } from "../tenant";
import { type ApplicationBody, changeApplication, withDefaults } from "./applicationChanges";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import { federatedCredentialRoutes, shownCredential } from "./federatedCredentials";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { checkCreatorQuota } from "./limits";
import type { Row } from "./odata/entityType";
import { isUpsert, keyOf } from "./odata/keys";
import { candidates, type Expansions, page, selected, sendCount } from "./odata/page";
import { objectQueryOf, queryOf } from "./odata/query";
import { boundOwners, ownerRoutes, shownOwners } from "./owners";
import { passwordRoutes } from "./passwords";
import { permit } from "./permissions";
import { checkNewPassword, checkServiceReference } from "./policyChecks";
import { shownApplication } from "./shownApplication";

type ById = { Params: { id: string } };
type InVersion<T = unknown> = { Params: T & { version: string } };

export function applicationRoutes(app: FastifyInstance, graph: GraphContext): void {
  const { tenant, base, caller, directory, ordered } = graph;
  /** The application as the answering replica shows it. */
  const see = (request: FastifyRequest<ById>): Application => {
    const found = applicationNamed(directory(request), request.params.id);
    if (!found) throw notFound(request.params.id);
    return found;
  };
  /** The application that a write changes. A replica that does not have it yet refuses the write. */
  const find = (request: FastifyRequest<ById>): Application => {
    const found = tenant.applications.get(see(request).id);
    if (!found) throw notFound(request.params.id);
    return found;
  };
  const context = (suffix: string, version = "v1.0") => `${base()}/${version}/$metadata#applications${suffix}`;
  const type = entityTypes.application;
  const listed = (request: FastifyRequest) =>
    candidates(ordered(directory(request).applications()), queryOf(request)).map((each) =>
      shownApplication(tenant, each),
    );
  /** The relations that `$expand` can add. */
  const expansions = (request: FastifyRequest<InVersion>): Expansions<Row & { readonly id: string }> => ({
    owners: ({ id }) => shownOwners(tenant, directory(request), directory(request).application(id)?.owners ?? []),
    federatedIdentityCredentials: ({ id }) =>
      (directory(request).application(id)?.federatedIdentityCredentials ?? []).map((record) =>
        shownCredential(request.params.version, record),
      ),
  });

  const create = (request: FastifyRequest, body: Omit<ApplicationBody, "id">): Row => {
    const by = caller(request);
    permit.create(by);
    if (body.displayName === undefined)
      throw badRequest("A value is required for property 'displayName' of resource 'Application'.");
    checkCreatorQuota(tenant, by);
    checkServiceReference(tenant, "Create", body.serviceManagementReference);
    const bound = boundOwners(tenant, body["owners@odata.bind"]);
    const application = tenant.addApplication(body.displayName, [by.objectId, ...bound], (created) => {
      created.properties.createdByAppId = by.appId;
      changeApplication(tenant, created, withDefaults(body));
    });
    tenant.quota.created(application.id, by.objectId);
    return { "@odata.context": context("/$entity"), ...shownApplication(tenant, application) };
  };

  app.post("/v1.0/applications", async (request, reply) =>
    reply.code(201).send(create(request, bodies.parse(bodies.newApplication, request.body, "Application"))),
  );

  app.get<InVersion>("/:version(^v1\\.0$|^beta$)/applications", async (request) => {
    permit.read(caller(request));
    const { version } = request.params;
    const address = `${base()}/${version}/applications`;
    return page(context("", version), address, type, listed(request), queryOf(request), expansions(request));
  });

  app.get("/v1.0/applications/$count", async (request, reply) => {
    permit.read(caller(request));
    return sendCount(request, reply, type, listed(request));
  });

  app.get<InVersion<{ id: string }>>("/:version(^v1\\.0$|^beta$)/applications/:id", async (request) => {
    permit.read(caller(request));
    const row = shownApplication(tenant, see(request));
    return {
      "@odata.context": context("/$entity", request.params.version),
      ...selected(type, row, objectQueryOf(request), expansions(request)),
    };
  });

  app.patch<ById>("/v1.0/applications/:id", async (request, reply) => {
    const uniqueName = keyOf(request.params.id, "uniqueName");
    if (uniqueName !== undefined && isUpsert(request) && !isTaken(tenant, uniqueName)) {
      const body = bodies.parse(bodies.newApplication, request.body, "Application");
      return reply.code(201).send(create(request, { ...body, uniqueName }));
    }
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const body = bodies.parse(bodies.changedApplication, request.body, "Application");
    if (body.id !== undefined && body.id !== application.id)
      throw badRequest("Property 'id' is read-only and cannot be set.");
    const { serviceManagementReference = application.properties.serviceManagementReference } = body;
    checkServiceReference(tenant, "Update", serviceManagementReference);
    changeApplication(tenant, application, body, () => tenant.changing(application));
    return reply.code(204).send();
  });

  app.delete<ById>("/v1.0/applications/:id", async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    tenant.removeApplication(application);
    return reply.code(204).send();
  });

  passwordRoutes(
    app,
    "applications",
    find,
    (application, given) => checkNewPassword(tenant, application, given),
    graph,
  );
  ownerRoutes(app, "applications", { see, find, changing: (application) => tenant.changing(application) }, graph);
  federatedCredentialRoutes(app, { see, find }, graph);
}

/** By object id, or by one of the alternate keys. */
function applicationNamed(
  from: Pick<Directory, "application" | "applicationOf" | "applications">,
  given: string,
): Application | undefined {
  const [appId, uniqueName] = [keyOf(given, "appId"), keyOf(given, "uniqueName")];
  if (appId !== undefined) return from.applicationOf(appId);
  if (uniqueName !== undefined)
    return from.applications().find(({ properties }) => properties.uniqueName === uniqueName);
  return from.application(given.toLowerCase());
}

const isTaken = ({ applications }: Tenant, uniqueName: unknown): boolean =>
  [...applications.values()].some(({ properties }) => properties.uniqueName === uniqueName);
