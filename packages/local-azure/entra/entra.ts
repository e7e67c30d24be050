import formBody from "@fastify/formbody";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Directory } from "../directory";
import type { ServicePrincipal } from "../directoryObjects";
import type { Faults } from "../faults";
import type { Tenant } from "../tenant";
import { assignmentsTo, issueAccessToken } from "./accessToken";
import { authenticateClient } from "./clientAuthentication";
import { EntraError, refuse } from "./entraError";
import type { SigningKeys } from "./signingKey";

export interface EntraOptions {
  readonly tenant: Tenant;
  readonly signingKeys: SigningKeys;
  /** `https://localhost:{port}`, without a slash at the end. Known once the server listens. */
  readonly authority: () => string;
  readonly faults: Faults;
}

/** The endpoints under `{authority}/{tenant}`: discovery, keys and tokens by the client credentials grant. */
export async function entra(
  app: FastifyInstance,
  { tenant, signingKeys, authority, faults }: EntraOptions,
): Promise<void> {
  await app.register(formBody);

  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const refusal =
      error instanceof EntraError
        ? error
        : error.statusCode !== undefined && error.statusCode < 500
          ? new EntraError(400, "invalid_request", 9002313, `Invalid request. ${error.message}`)
          : undefined;
    if (!refusal) throw error;
    const header = request.headers["client-request-id"];
    return reply.code(refusal.status).send(refusal.body(tenant.now, typeof header === "string" ? header : undefined));
  });

  app.setNotFoundHandler(async ({ method, url }) => {
    throw refuse.notServed(method, url.split("?")[0] ?? "");
  });

  app.addHook("preHandler", async (request: FastifyRequest<{ Params: { tenant?: string } }>) => {
    const named = request.params.tenant;
    if (named !== undefined && named.toLowerCase() !== tenant.id) throw refuse.unknownTenant(named);
  });

  app.get("/:tenant/v2.0/.well-known/openid-configuration", () => {
    const base = `${authority()}/${tenant.id}`;
    return {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ["query", "fragment", "form_post"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      claims_supported: [
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "nbf",
        "azp",
        "azpacr",
        "oid",
        "roles",
        "tid",
        "uti",
        "ver",
      ],
      tenant_region_scope: null,
    };
  });

  app.get("/:tenant/discovery/v2.0/keys", () => ({ keys: signingKeys.jwks }));

  app.post("/:tenant/oauth2/v2.0/token", async (request, reply) => {
    const form = parametersOf(request.body);
    const need = (name: string): string => form[name] || missing(name);
    const grantType = need("grant_type");
    const clientId = need("client_id");
    if (grantType !== "client_credentials") throw refuse.unsupportedGrantType(grantType);
    const directory = faults.tokenDirectory(tenant, request);
    const application = directory.applicationOf(clientId);
    if (!application) throw refuse.unknownClient(clientId, tenant.id);
    const client = directory.servicePrincipalOf(application.appId);
    if (!client) throw refuse.noServicePrincipal(clientId, tenant.id);
    if (!client.accountEnabled) throw refuse.disabledClient(clientId, client.displayName);
    const authentication = await authenticateClient(tenant, authority(), signingKeys, application, form);

    const resourceName = resourceOf(need("scope"));
    const resource = authorizedResource(tenant, directory, client, resourceName);
    const issued = await issueAccessToken(tenant, authority(), signingKeys, directory, {
      client,
      resource,
      resourceName,
      authentication,
    });
    return reply.header("cache-control", "no-store").send({
      token_type: "Bearer",
      expires_in: issued.expiresIn,
      ext_expires_in: issued.expiresIn,
      access_token: issued.token,
    });
  });

  const missing = (name: string): never => {
    throw refuse.missingParameter(name);
  };
}

/**
 * The API that a client asks for, if it may have a token for it. Without `appRoleAssignmentRequired` any client of the
 * tenant may, and gets one without `roles`.
 *
 * @throws Refusal
 */
export function authorizedResource(
  tenant: Tenant,
  directory: Directory,
  client: ServicePrincipal,
  name: string,
): ServicePrincipal {
  const resource = tenant.resourceNamed(name);
  if (!resource) throw refuse.unknownResource(name, tenant.id);
  if (!resource.accountEnabled) throw refuse.disabledResource(name);
  if (resource.appRoleAssignmentRequired && assignmentsTo(directory, client, resource).length === 0) {
    throw refuse.notAssigned(client, name, resource.displayName);
  }
  return resource;
}

/** `api://{id}/.default` → `api://{id}`. An audience that ends in a slash keeps it: `https://…net//.default`. */
function resourceOf(scope: string): string {
  const suffix = "/.default";
  if (/\s/.test(scope) || !scope.endsWith(suffix) || scope.length === suffix.length) throw refuse.invalidScope(scope);
  return scope.slice(0, -suffix.length);
}

function parametersOf(body: unknown): Record<string, string | undefined> {
  const form: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries((body ?? {}) as Record<string, unknown>)) {
    if (Array.isArray(value)) throw refuse.repeatedParameter(name);
    form[name] = String(value);
  }
  return form;
}
