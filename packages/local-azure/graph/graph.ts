import type { FastifyInstance, FastifyRequest } from "fastify";
import { type BearerCheck, BearerError, type Principal } from "../bearer";
import type { Directory } from "../directory";
import type { Faults } from "../faults";
import type { Tenant } from "../tenant";
import { applicationRoutes } from "./applications";
import { deletedItemRoutes } from "./deletedItems";
import type { GraphContext } from "./graphContext";
import { GraphError, unauthenticated } from "./graphError";
import { policyRoutes } from "./policies";
import { servicePrincipalRoutes } from "./servicePrincipals";

export interface GraphOptions {
  readonly tenant: Tenant;
  /** Where Graph answers, without a slash at the end. Known once the server listens. */
  readonly base: () => string;
  readonly bearer: BearerCheck;
  readonly faults: Faults;
}

/** Microsoft Graph v1.0, and the few reads of beta that clients make: applications, service principals, assignments. */
export async function graph(app: FastifyInstance, { tenant, base, bearer, faults }: GraphOptions): Promise<void> {
  const callers = new WeakMap<FastifyRequest, Principal>();

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const known =
      error instanceof GraphError
        ? error
        : error instanceof BearerError
          ? unauthenticated(error.problem)
          : error.statusCode !== undefined && error.statusCode < 500
            ? new GraphError(error.statusCode, "BadRequest", `Unable to read JSON request payload. ${error.message}`)
            : undefined;
    if (!known) throw error;
    return reply.code(known.status).send(known.body(tenant.now));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0];
    const error = new GraphError(
      400,
      "BadRequest",
      `The local Azure does not serve ${request.method} ${path} of Microsoft Graph.`,
    );
    return reply.code(error.status).send(error.body(tenant.now));
  });
  app.addHook("onRequest", async (request) => {
    callers.set(request, await bearer(request.headers.authorization));
  });

  const caller = (request: FastifyRequest): Principal => {
    const known = callers.get(request);
    if (!known) throw new BearerError("missing");
    return known;
  };
  const directories = new WeakMap<FastifyRequest, Directory>();
  const directory = (request: FastifyRequest): Directory => {
    const known = directories.get(request) ?? faults.graphDirectory(tenant, request);
    directories.set(request, known);
    return known;
  };
  const context: GraphContext = { tenant, base, caller, directory, ordered: (rows) => faults.ordered(rows) };
  applicationRoutes(app, context);
  servicePrincipalRoutes(app, context);
  deletedItemRoutes(app, context);
  policyRoutes(app, context);
}
