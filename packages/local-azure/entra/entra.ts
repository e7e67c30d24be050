import { randomUUID } from "node:crypto";
import formBody from "@fastify/formbody";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Faults } from "../faults";
import type { ManagedIdentity } from "../resourceManager/subscription";
import type { Tenant } from "../tenant";
import { discoveryRoutes } from "./discovery";
import { EntraError, refuse } from "./entraError";
import type { ExternalIssuers } from "./externalIssuers";
import type { SigningKeys } from "./signingKey";
import { sharedTenants, tenantNames } from "./tenantNames";
import { tokenRoutes } from "./tokenEndpoint";

export interface EntraOptions {
  readonly tenant: Tenant;
  readonly signingKeys: SigningKeys;
  /** `https://localhost:{port}`, without a slash at the end. Known once the server listens. */
  readonly authority: () => string;
  readonly faults: Faults;
  readonly issuers: ExternalIssuers;
  /** Managed identities can sign in by federation too. */
  readonly identities: ReadonlyMap<string, ManagedIdentity>;
}

/** The endpoints under `{authority}/{tenant}`: discovery, keys and tokens by the client credentials grant. */
export async function entra(app: FastifyInstance, options: EntraOptions): Promise<void> {
  const { tenant } = options;
  await app.register(formBody);

  app.addHook("onRequest", async (_request, reply) => {
    reply.header("x-ms-request-id", randomUUID());
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const refusal =
      error instanceof EntraError
        ? error
        : error.statusCode !== undefined && error.statusCode < 500
          ? new EntraError(400, "invalid_request", 9002313, `Invalid request. ${error.message}`)
          : undefined;
    if (!refusal) throw error;
    const header = request.headers["client-request-id"];
    const traceId = String(reply.getHeader("x-ms-request-id"));
    const correlationId = typeof header === "string" ? header : undefined;
    return reply.code(refusal.status).send(refusal.body(tenant.now, traceId, correlationId));
  });
  app.setNotFoundHandler(async ({ method, url }) => {
    throw refuse.notServed(method, url.split("?")[0] ?? "");
  });
  app.addHook("preHandler", async (request: FastifyRequest<{ Params: { tenant?: string } }>) => {
    const named = request.params.tenant?.toLowerCase();
    if (named === undefined || tenantNames(tenant.id).includes(named) || sharedTenants.includes(named)) return;
    throw refuse.unknownTenant(request.method, request.params.tenant ?? "");
  });

  discoveryRoutes(app, options);
  tokenRoutes(app, options);
}
