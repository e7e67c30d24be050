import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Directory } from "../directory";
import type { ServicePrincipal } from "../directoryObjects";
import type { Faults } from "../faults";
import type { ManagedIdentity } from "../resourceManager/subscription";
import type { Tenant } from "../tenant";
import { assignmentsTo, type IssuedToken, issueAccessToken } from "./accessToken";
import { authenticateClient, type ClientApplication } from "./clientAuthentication";
import { refuse } from "./entraError";
import type { ExternalIssuers } from "./externalIssuers";
import { loggedSignIn } from "./signIn";
import type { SigningKeys } from "./signingKey";
import { sharedTenants } from "./tenantNames";
import { resourceOf, type TokenForm, tokenForm } from "./tokenRequest";

type ByTenant = { Params: { tenant: string } };

export interface TokenEndpointOptions {
  readonly tenant: Tenant;
  readonly signingKeys: SigningKeys;
  readonly issuers: ExternalIssuers;
  readonly identities: ReadonlyMap<string, ManagedIdentity>;
  readonly authority: () => string;
  readonly faults: Faults;
}

/** Tokens by the client credentials grant, requested by scope (v2.0) or by resource (v1.0). */
export function tokenRoutes(app: FastifyInstance, options: TokenEndpointOptions): void {
  app.post<ByTenant>("/:tenant/oauth2/v2.0/token", async (request, reply) => {
    const form = tokenForm(request);
    const issued = await issue(options, request, form, () => {
      const named = resourceOf(need(form, "scope"));
      const isSame = (form.resource ?? named).replace(/\/$/, "") === named.replace(/\/$/, "");
      if (!isSame) throw refuse.otherResource();
      return named;
    });
    return reply.header("cache-control", "no-store").send({
      token_type: "Bearer",
      expires_in: issued.expiresIn,
      ext_expires_in: issued.expiresIn,
      access_token: issued.token,
    });
  });

  app.post<ByTenant>("/:tenant/oauth2/token", async (request, reply) => {
    const form = tokenForm(request);
    const issued = await issue(options, request, form, () => need(form, "resource"));
    return reply.header("cache-control", "no-store").send({
      token_type: "Bearer",
      expires_in: String(issued.expiresIn),
      ext_expires_in: String(issued.expiresIn),
      expires_on: String(issued.expiresOn),
      not_before: String(issued.expiresOn - issued.expiresIn - 300),
      resource: form.resource,
      access_token: issued.token,
    });
  });
}

async function issue(
  { tenant, signingKeys, issuers, identities, authority, faults }: TokenEndpointOptions,
  request: FastifyRequest<ByTenant>,
  form: TokenForm,
  resourceName: () => string,
): Promise<IssuedToken> {
  const grantType = need(form, "grant_type");
  const clientId = need(form, "client_id");
  if (grantType !== "client_credentials") throw refuse.unsupportedGrantType(grantType);
  if (sharedTenants.includes(request.params.tenant.toLowerCase())) throw refuse.noTenant();
  const directory = faults.replicasOf(tenant).forToken(request);
  const application = directory.applicationOf(clientId) ?? managedIdentity(identities, clientId);
  if (/^[0-]+$/.test(clientId)) throw refuse.invalidClient(clientId);
  if (!application) throw refuse.unknownClient(clientId, tenant.id);
  const client = directory.servicePrincipalOf(application.appId);
  if (!client) throw refuse.noServicePrincipal(clientId, tenant.id);
  if (!client.accountEnabled) throw refuse.disabledClient(clientId, client.displayName);
  return loggedSignIn(
    tenant,
    client,
    () => namedIn(form),
    async () => {
      const parties = { application, principal: client };
      const authentication = await authenticateClient(tenant, authority(), { signingKeys, issuers }, parties, form);
      const name = resourceName();
      const resource = authorizedResource(tenant, directory, client, name);
      checkPolicies(tenant, client, resource, request.ip);
      const asked = { client, resource, resourceName: name, authentication };
      return issueAccessToken(tenant, authority(), signingKeys, directory, asked);
    },
  );
}

/**
 * Conditional Access is checked after the credential and the API, because its conditions refer to both.
 *
 * @throws EntraError
 */
function checkPolicies(tenant: Tenant, principal: ServicePrincipal, resource: ServicePrincipal, address: string): void {
  const registration = tenant.applicationOf(principal.appId);
  const signInAudience = registration && String(registration.properties.signInAudience ?? "AzureADMyOrg");
  const asked = { principal, signInAudience, resourceAppId: resource.appId, address };
  const policies = tenant.conditionalAccess.blocking(asked);
  if (policies.length > 0) throw refuse.blockedByPolicy(policies);
}

function managedIdentity(
  identities: ReadonlyMap<string, ManagedIdentity>,
  clientId: string,
): ClientApplication | undefined {
  const found = [...identities.values()].find((identity) => identity.clientId === clientId.toLowerCase());
  if (!found) return undefined;
  const federatedIdentityCredentials = [...found.federatedCredentials.values()];
  return { appId: found.clientId, passwordCredentials: [], keyCredentials: [], federatedIdentityCredentials };
}

/** The API that a request names, whether or not its client may ask for it. */
const namedIn = ({ resource, scope = "" }: TokenForm): string => resource ?? scope.split("/.default")[0] ?? "";

function need(form: TokenForm, name: string): string {
  const value = form[name];
  if (!value) throw refuse.missingParameter(name);
  return value;
}

/**
 * The API that a client requests, if the client may get a token for it. Without `appRoleAssignmentRequired`, any client of the
 * tenant gets a token without `roles`.
 *
 * @throws EntraError
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
