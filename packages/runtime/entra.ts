import { ConfidentialClientApplication, type INetworkModule, type NodeAuthOptions } from "@azure/msal-node";
import { retryAfterMs } from "./retryAfter";

/** How a client proves to Entra who it is. */
export type ClientAuthentication = Pick<NodeAuthOptions, "clientSecret" | "clientCertificate" | "clientAssertion">;

export interface TokenRequest {
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  /** For example `api://{client id}/.default`. */
  readonly scope: string;
  /** The claims that an API requires in the token, as JSON. */
  readonly claims: string | undefined;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

export interface IssuedToken {
  readonly value: string;
  /** How long it is valid from now on, in milliseconds. */
  readonly lifetimeMs: number;
}

/** Entra refused the request, or did not answer. The error contains no part of the request. */
export class EntraRefusal extends Error {
  constructor(
    /** For example `AADSTS501051`; absent if the answer was not from Entra itself. */
    readonly code: string | undefined,
    /** The HTTP status; absent without an answer. */
    readonly status: number | undefined,
    readonly retryAfterMs: number | undefined,
    /** The refused identity; absent if it is the service itself. */
    readonly refused?: string,
  ) {
    super(`${code ?? "no AADSTS code"}, status ${status ?? "none"}`);
  }

  /** The same refusal for an identity other than the service. */
  of(refused: string): EntraRefusal {
    return new EntraRefusal(this.code, this.status, this.retryAfterMs, refused);
  }
}

/**
 * Requests a token with the client credentials grant, once, with a new MSAL client: MSAL answers from memory for a minute
 * after a refusal.
 *
 * @throws EntraRefusal; whatever the client assertion throws
 */
export async function requestToken(request: TokenRequest): Promise<IssuedToken> {
  const { authority, tenantId, clientId, authentication, scope, claims } = request;
  const tenant = `${authority}/${tenantId}`;
  const network = new Network(request.fetch, request.signal);
  // Requested before MSAL does it, because MSAL would hide the error of the assertion's source.
  const { clientAssertion } = authentication;
  const assertion = typeof clientAssertion === "function" ? await clientAssertion({ clientId }) : clientAssertion;
  const client = new ConfidentialClientApplication({
    auth: {
      clientId,
      ...authentication,
      ...(assertion === undefined ? {} : { clientAssertion: assertion }),
      authority: tenant,
      knownAuthorities: [new URL(authority).host],
      // The platform fixes these: a discovery before each token would double the requests.
      authorityMetadata: JSON.stringify({
        token_endpoint: `${tenant}/oauth2/v2.0/token`,
        authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
        end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
        jwks_uri: `${tenant}/discovery/v2.0/keys`,
        issuer: `${tenant}/v2.0`,
      }),
      ...(isMicrosofts(scope) ? { clientCapabilities: ["cp1"] } : {}),
    },
    system: { networkClient: network },
  });
  try {
    const result = await client.acquireTokenByClientCredential({ scopes: [scope], skipCache: true, claims });
    // MSAL uses the machine's clock, but the caller may use another.
    const lifetimeMs = (result?.expiresOn?.getTime() ?? 0) - Date.now();
    if (result && isBearerToken.test(result.accessToken) && lifetimeMs >= shortestLifetimeMs)
      return { value: result.accessToken, lifetimeMs };
  } catch {
    request.signal.throwIfAborted();
    // MSAL's error may repeat its input. Entra's answer is known without it.
    throw network.refusal();
  }
  throw network.refusal();
}

/** MSAL rounds to whole seconds, so an expired token can seem valid for half a second. */
const shortestLifetimeMs = 1_000;

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1. Other characters cannot be sent, and the error would reveal the token. */
const isBearerToken = /^[\w\-.~+/]+=*$/;

/**
 * Whether a scope is for an API of Microsoft, for example `https://graph.microsoft.com/.default`. Only for these the client
 * declares continuous access evaluation (`cp1`), because a client that declares it must answer claims challenges.
 * https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation-workload
 */
export const isMicrosofts = (scope: string): boolean =>
  /^https:\/\/([\w-]+\.)*(microsoft\.com|microsoft\.us|azure\.com|azure\.net|azure\.us|azure\.cn|windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|office\.com)(:\d+)?\//i.test(
    scope,
  );

/** Sends MSAL's requests with the given `fetch`, and remembers the result of the last one. */
class Network implements INetworkModule {
  readonly #fetch: typeof fetch;
  readonly #signal: AbortSignal;
  #last: { readonly code?: string; readonly status?: number; readonly retryAfterMs?: number } = {};

  constructor(fetch: typeof globalThis.fetch, signal: AbortSignal) {
    this.#fetch = fetch;
    this.#signal = signal;
  }

  refusal(): EntraRefusal {
    return new EntraRefusal(this.#last.code, this.#last.status, this.#last.retryAfterMs);
  }

  sendGetRequestAsync<T>(url: string, options?: Parameters<INetworkModule["sendGetRequestAsync"]>[1]) {
    return this.#send<T>("GET", url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: Parameters<INetworkModule["sendPostRequestAsync"]>[1]) {
    return this.#send<T>("POST", url, options);
  }

  async #send<T>(method: string, url: string, options: { headers?: Record<string, string>; body?: string } = {}) {
    this.#last = {};
    const response = await this.#fetch(url, {
      method,
      headers: options.headers,
      // A redirect must not send the credential to another address.
      redirect: "error",
      signal: this.#signal,
      ...(method === "POST" ? { body: options.body ?? "" } : {}),
    });
    const { status } = response;
    this.#last = { status, retryAfterMs: retryAfterMs(response.headers.get("retry-after"), Date.now()) };
    const body = (await response.json()) as T;
    const { error_codes: codes } = (body ?? {}) as { error_codes?: unknown };
    const code: unknown = Array.isArray(codes) ? codes[0] : undefined;
    if (typeof code === "number") this.#last = { ...this.#last, code: `AADSTS${code}` };
    return { headers: Object.fromEntries(response.headers), body, status };
  }
}
