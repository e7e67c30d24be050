import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { authenticatedApi } from "../authenticatedApi";
import type { BearerCheck } from "../bearer";
import type { Directory } from "../directory";
import type { Faults } from "../faults";
import type { LoopbackRequest } from "../loopbackRequest";
import type { Tenant } from "../tenant";
import { applicationRoutes } from "./applications";
import { batchRoute } from "./batch";
import { conditionalAccessRoutes } from "./conditionalAccess";
import { consentPolicyRoutes } from "./consentPolicies";
import { deletedItemRoutes } from "./deletedItems";
import { directoryObjectRoutes } from "./directoryObjects";
import { directoryRoleRoutes } from "./directoryRoles";
import { eligibleRoleRoutes } from "./eligibleRoles";
import type { GraphContext } from "./graphContext";
import { badRequest, GraphError, unauthenticated } from "./graphError";
import { groupRoutes } from "./groups";
import { queryOf } from "./odata/query";
import { permissionGrantRoutes } from "./permissionGrants";
import { policyRoutes } from "./policies";
import { servicePrincipalRoutes } from "./servicePrincipals";
import { signInRoutes } from "./signIns";

export interface GraphOptions {
  readonly tenant: Tenant;
  /** Where Graph answers, without a slash at the end. Known once the server listens. */
  readonly base: () => string;
  readonly bearer: BearerCheck;
  readonly faults: Faults;
  /** Sends the requests of a batch. */
  readonly send: LoopbackRequest;
}

/** The metadata in answers can be chosen by OData's headers; the local Azure serves Graph's default alone. */
function checkFormat({ headers }: FastifyRequest): void {
  const [, level] = /\bodata\.metadata=(\w+)/i.exec(headers.accept ?? "") ?? [];
  if (level !== undefined && level.toLowerCase() !== "minimal")
    throw badRequest(`The header 'Accept' with odata.metadata=${level} is not supported here; supported: minimal.`);
  for (const name of ["odata-version", "odata-maxversion"]) {
    const given = headers[name];
    if (given !== undefined && !/^4\.0/.test(String(given)))
      throw badRequest(`The header '${name}: ${given}' is not supported here; supported: 4.0.`);
  }
}

/** Microsoft Graph v1.0, and the few reads of beta that clients make: applications, service principals, assignments. */
export async function graph(app: FastifyInstance, { tenant, base, bearer, faults, send }: GraphOptions): Promise<void> {
  const caller = authenticatedApi(app, bearer, () => tenant.now, {
    error: GraphError,
    unauthenticated,
    preferences: ["create-if-missing"],
    malformed: (status, message) =>
      new GraphError(status, "BadRequest", `Unable to read JSON request payload. ${message}`),
  });
  const refuse = async ({ method, url }: FastifyRequest): Promise<never> => {
    throw badRequest(`The local Azure does not serve ${method} ${url.split("?")[0]} of Microsoft Graph.`, "BadRequest");
  };
  app.setNotFoundHandler(refuse);
  // The name of a collection's function, where the routes expect an object's id.
  app.addHook("preHandler", async (request) => {
    if ((request.params as { id?: string }).id === "delta") await refuse(request);
    // A write accepts no query options. The route of a read checks which it accepts.
    checkFormat(request);
    if (!request.is404) queryOf(request, request.method === "GET" ? undefined : []);
  });
  // An error contains the id of its request; so does the header.
  app.addHook("preSerialization", async (_request, reply, payload) => {
    const { error } = payload as { error?: { innerError?: Record<string, string> } };
    reply.header("request-id", error?.innerError?.["request-id"] ?? randomUUID());
    return payload;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("request-id")) reply.header("request-id", randomUUID());
    reply.headers({ "cache-control": "no-cache", "odata-version": "4.0" });
  });
  const replicas = faults.replicasOf(tenant);
  const directories = new WeakMap<FastifyRequest, Directory>();
  const directory = (request: FastifyRequest): Directory => {
    const known = directories.get(request) ?? replicas.forGraph(request);
    directories.set(request, known);
    return known;
  };
  const context: GraphContext = { tenant, base, caller, directory, ordered: (rows) => replicas.ordered(rows) };
  applicationRoutes(app, context);
  servicePrincipalRoutes(app, context);
  directoryObjectRoutes(app, context);
  deletedItemRoutes(app, context);
  policyRoutes(app, context);
  permissionGrantRoutes(app, context);
  directoryRoleRoutes(app, context);
  eligibleRoleRoutes(app, context);
  groupRoutes(app, context);
  consentPolicyRoutes(app, context);
  conditionalAccessRoutes(app, context);
  signInRoutes(app, context);
  batchRoute(app, send);
}
