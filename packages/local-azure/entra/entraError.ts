import { randomUUID } from "node:crypto";

/** An answer of the token endpoint that is not a token. Microsoft documents the codes; the wire format is from recordings. */
export class EntraError extends Error {
  constructor(
    readonly status: 400 | 401 | 404,
    /** The OAuth error of RFC 6749 §5.2, or Entra's own `invalid_resource`. */
    readonly error: string,
    /** The number behind AADSTS. */
    readonly code: number,
    message: string,
    /** Further members of the answer. */
    private readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** @param traceId the same as in the header `x-ms-request-id` */
  body(now: Date, traceId: string, correlationId: string = randomUUID()): Record<string, unknown> {
    const timestamp = `${now.toISOString().slice(0, 19).replace("T", " ")}Z`;
    return {
      error: this.error,
      error_description: `AADSTS${this.code}: ${this.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [this.code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      // These codes have no page in Entra's documentation.
      ...([70003, 700038].includes(this.code)
        ? {}
        : { error_uri: `https://login.microsoftonline.com/error?code=${this.code}` }),
      ...this.members,
    };
  }
}

/** Every refusal of the client credentials grant, in the order in which Entra checks. */
export const refuse = {
  notServed: (method: string, path: string) =>
    new EntraError(
      404,
      "invalid_request",
      9002313,
      `Invalid request. The local Azure does not serve ${method} ${path} of Entra.`,
    ),
  /** As recorded, discovery has an OAuth error of its own. */
  unknownTenant: (method: string, tenant: string) =>
    new EntraError(
      400,
      method === "GET" ? "invalid_tenant" : "invalid_request",
      90002,
      `Tenant '${tenant}' not found.`,
    ),
  /** The client credentials grant has no user with a home tenant, so the request must name the tenant. */
  noTenant: () =>
    new EntraError(
      400,
      "invalid_request",
      50059,
      "No tenant-identifying information found in either the request or implied by any provided credentials.",
    ),
  unknownInstance: () => new EntraError(400, "invalid_instance", 50049, "Unknown or invalid instance."),
  malformedBasic: () =>
    new EntraError(
      401,
      "invalid_client",
      50148,
      "The Authorization header is not of the form 'Basic {client id}:{client secret}' in base64.",
    ),
  missingParameter: (name: string) =>
    new EntraError(400, "invalid_request", 900144, `The request body must contain the following parameter: '${name}'.`),
  repeatedParameter: (name: string) =>
    new EntraError(
      400,
      "invalid_request",
      9002313,
      `Invalid request. The parameter '${name}' is given more than once.`,
    ),
  unservedParameter: (name: string) =>
    new EntraError(
      400,
      "invalid_request",
      9002313,
      `Invalid request. The local Azure does not serve the parameter '${name}' with this value.`,
    ),
  /** RFC 6749, section 2.3: a client must not use more than one method of authentication. */
  twoCredentials: (names: string) =>
    new EntraError(
      400,
      "invalid_request",
      9002313,
      `Invalid request. The request has more than one credential of the client: ${names}.`,
    ),
  /** https://github.com/punkpeye/mcp-remote/issues/217 */
  otherResource: () =>
    new EntraError(
      400,
      "invalid_target",
      9010010,
      "The resource parameter provided in the request doesn't match with the requested scopes.",
    ),
  unsupportedGrantType: (grantType: string) =>
    new EntraError(400, "unsupported_grant_type", 70003, `The app requested an unsupported grant type '${grantType}'.`),
  unknownClient: (clientId: string, tenant: string) =>
    new EntraError(
      400,
      "unauthorized_client",
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
    ),
  invalidClient: (clientId: string) =>
    new EntraError(400, "unauthorized_client", 700038, `${clientId} is not a valid application identifier.`),
  noServicePrincipal: (clientId: string, tenant: string) =>
    new EntraError(
      401,
      "invalid_client",
      7000229,
      `The client application ${clientId} is missing service principal in the tenant ${tenant}.`,
    ),
  disabledClient: (clientId: string, name: string) =>
    new EntraError(400, "unauthorized_client", 7000112, `Application '${clientId}'(${name}) is disabled.`),
  noCredential: () =>
    new EntraError(
      401,
      "invalid_client",
      7000216,
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ),
  wrongSecret: (appId: string) =>
    new EntraError(
      401,
      "invalid_client",
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`,
    ),
  expiredSecret: (appId: string) =>
    new EntraError(401, "invalid_client", 7000222, `The provided client secret keys for app '${appId}' are expired.`),
  malformedAssertion: (why: string) =>
    new EntraError(401, "invalid_client", 50027, `JWT token is invalid or malformed: ${why}.`),
  unsignedAssertion: () =>
    new EntraError(401, "invalid_client", 700027, "The client assertion failed signature validation."),
  untimelyAssertion: () =>
    new EntraError(401, "invalid_client", 700024, "Client assertion is not within its valid time range."),
  foreignAssertion: (property: "issuer" | "subject" | "audience", value: string) =>
    new EntraError(
      401,
      "invalid_client",
      { issuer: 700211, audience: 700212, subject: 700213 }[property],
      `No matching federated identity record found for presented assertion ${property} '${value}'.`,
    ),
  /** The text after the sentence is the local Azure's own: Entra does not say why. */
  unreachableIssuer: (issuer: string, why: string) =>
    new EntraError(400, "invalid_request", 50166, `Request to External OIDC endpoint failed. ${issuer}: ${why}.`),
  /** https://github.com/MicrosoftDocs/azure-docs/issues/90276 */
  entrasOwnAssertion: () =>
    new EntraError(401, "invalid_client", 700222, "AAD-issued tokens may not be used for federated identity flows."),
  /** https://github.com/Azure/azure-workload-identity/issues/1363. The code is Entra's, the text the local Azure's own. */
  federatedTwice: () =>
    new EntraError(
      401,
      "invalid_client",
      700231,
      "The presented assertion was itself obtained by a federated identity credential, and cannot be used for another one.",
    ),
  invalidScope: (scope: string) =>
    new EntraError(400, "invalid_scope", 1002012, `The provided value for scope ${scope} is not valid.`),
  unknownResource: (resource: string, tenant: string) =>
    new EntraError(
      400,
      "invalid_resource",
      500011,
      `The resource principal named ${resource} was not found in the tenant named ${tenant}.`,
    ),
  disabledResource: (resource: string) =>
    new EntraError(400, "invalid_resource", 500014, `The service principal for resource '${resource}' is disabled.`),
  /** The answer that the Azure SDK for Go logged for a client of its EnvironmentCredential; the claims name the policies. */
  blockedByPolicy: (policyIds: readonly string[]) =>
    new EntraError(
      400,
      "invalid_grant",
      53003,
      "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
      {
        suberror: "message_only",
        claims: JSON.stringify({ access_token: { capolids: { essential: true, values: policyIds } } }),
      },
    ),
  notAssigned: (client: { appId: string; displayName: string }, resource: string, resourceName: string) =>
    new EntraError(
      400,
      "invalid_grant",
      501051,
      `Application '${client.appId}'(${client.displayName}) is not assigned to a role for the application '${resource}'(${resourceName}).`,
    ),
} as const;
