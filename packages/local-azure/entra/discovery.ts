import type { FastifyInstance } from "fastify";
import type { Tenant } from "../tenant";
import { refuse } from "./entraError";
import { issuerOf } from "./issuer";
import type { SigningKeys } from "./signingKey";
import { sharedTenants } from "./tenantNames";

type ByTenant = { Params: { tenant: string } };

export interface DiscoveryOptions {
  readonly tenant: Tenant;
  readonly signingKeys: SigningKeys;
  readonly authority: () => string;
}

/** The documents that clients read before they request a token: metadata and keys of both versions, and the instances of a cloud. */
export function discoveryRoutes(app: FastifyInstance, { tenant, signingKeys, authority }: DiscoveryOptions): void {
  // A query is not supported: with `appid`, for example, Entra returns the keys of an application that has its own.
  app.addHook("preHandler", async ({ method, query }) => {
    if (method !== "GET") return;
    const unknown = Object.keys(query as object).find((name) => !parameters.includes(name));
    if (unknown !== undefined) throw refuse.unservedParameter(unknown);
  });
  const keys = () => ({ keys: signingKeys.jwks });
  app.get("/:tenant/discovery/v2.0/keys", keys);
  app.get("/:tenant/discovery/keys", keys);

  app.get<ByTenant>("/:tenant/v2.0/.well-known/openid-configuration", async ({ params }) => {
    const [base, issuer] = placesOf(authority(), params.tenant, tenant.id);
    return {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      subject_types_supported: ["pairwise"],
      issuer: `${issuer}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      kerberos_endpoint: `${base}/kerberos`,
      claims_supported: [...claims, "azp", "azpacr"],
      ...common,
      ...ofCloud(authority()),
    };
  });

  app.get<ByTenant>("/:tenant/.well-known/openid-configuration", async ({ params }) => {
    const [base, issuer] = placesOf(authority(), params.tenant, tenant.id);
    return {
      token_endpoint: `${base}/oauth2/token`,
      jwks_uri: `${base}/discovery/keys`,
      subject_types_supported: ["pairwise"],
      issuer: issuerOf(issuer.split("/").pop() ?? ""),
      authorization_endpoint: `${base}/oauth2/authorize`,
      end_session_endpoint: `${base}/oauth2/logout`,
      claims_supported: [...claims, "appid", "appidacr"],
      ...common,
      ...ofCloud(authority()),
    };
  });

  app.get<{ Querystring: { authorization_endpoint?: string; "api-version"?: string } }>(
    "/common/discovery/instance",
    async ({ query }) => {
      const given = query.authorization_endpoint;
      if (given === undefined) throw refuse.missingParameter("authorization_endpoint");
      const { host } = new URL(authority());
      if (!URL.canParse(given) || new URL(given).host !== host) throw refuse.unknownInstance();
      const { "api-version": version = "1.1" } = query;
      if (!["1.0", "1.1"].includes(version)) throw refuse.unservedParameter("api-version");
      const { pathname } = new URL(given);
      const named = pathname.split("/").find((part) => part !== "") ?? "common";
      const place = /\/v2\.0\//.test(pathname) || version === "1.1" ? `${named}/v2.0` : named;
      const found = { tenant_discovery_endpoint: `${authority()}/${place}/.well-known/openid-configuration` };
      if (version === "1.0") return found;
      return {
        ...found,
        "api-version": "1.1",
        metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
      };
    },
  );
}

const parameters = ["authorization_endpoint", "api-version", "client-request-id"];
const claims = ["sub", "iss", "aud", "exp", "iat", "nbf", "oid", "roles", "tid", "uti", "ver"];
const common = {
  token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
  response_modes_supported: ["query", "fragment", "form_post"],
  id_token_signing_alg_values_supported: ["RS256"],
  response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
  scopes_supported: ["openid", "profile", "email", "offline_access"],
  request_uri_parameter_supported: false,
  http_logout_supported: true,
  frontchannel_logout_supported: true,
  tenant_region_scope: null,
};

/** Addresses of other services of the cloud. They all are the local Azure, so that no client leaves it. */
function ofCloud(authority: string): Record<string, string> {
  const { host } = new URL(authority);
  return {
    userinfo_endpoint: `${authority}/oidc/userinfo`,
    cloud_instance_name: host,
    cloud_graph_host_name: host,
    msgraph_host: host,
    rbac_url: authority,
  };
}

/** In the metadata for all tenants, Entra writes a placeholder for the tenant. */
function placesOf(authority: string, named: string, tenantId: string): [base: string, issuer: string] {
  const isShared = sharedTenants.includes(named.toLowerCase());
  return isShared
    ? [`${authority}/${named.toLowerCase()}`, `${authority}/{tenantid}`]
    : [`${authority}/${tenantId}`, `${authority}/${tenantId}`];
}
