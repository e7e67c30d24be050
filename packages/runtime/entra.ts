import { ConfidentialClientApplication, type INetworkModule, type NodeAuthOptions } from "@azure/msal-node";
import { retryAfterMs } from "./retryAfter";

/** How a client proves to Entra who it is. */
export type ClientAuthentication = Pick<NodeAuthOptions, "clientSecret" | "clientCertificate" | "clientAssertion">;

export interface TokenRequest {
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  /** As in `api://{client id}/.default`. */
  readonly scope: string;
  /** What an API demanded of the token, JSON. */
  readonly claims: string | undefined;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

export interface IssuedToken {
  readonly value: string;
  /** Milliseconds for which it holds from now on. */
  readonly lifetimeMs: number;
}

/** Entra's answer is not a token, or there was none. Nothing of the request is in it. */
export class EntraRefusal extends Error {
  constructor(
    /** As in `AADSTS501051`; none when the answer was not Entra's own. */
    readonly code: string | undefined,
    /** The HTTP status; none without an answer. */
    readonly status: number | undefined,
    readonly retryAfterMs: number | undefined,
    /** Whom it refused; none for the service itself. */
    readonly refused?: string,
  ) {
    super(`${code ?? "no AADSTS code"}, status ${status ?? "none"}`);
  }

  /** The same, of somebody else than the service. */
  of(refused: string): EntraRefusal {
    return new EntraRefusal(this.code, this.status, this.retryAfterMs, refused);
  }
}

/**
 * Asks Entra for a token by the client credentials grant, once, with a new MSAL client: an old one goes on refusing for a
 * minute what was refused once.
 *
 * @throws EntraRefusal; whatever the client assertion throws
 */
export async function requestToken(request: TokenRequest): Promise<IssuedToken> {
  const { authority, tenantId, clientId, authentication, scope, claims } = request;
  const tenant = `${authority}/${tenantId}`;
  const network = new Network(request.fetch, request.signal);
  // Asked for before MSAL does: what it says of an assertion that cannot be had is not what the source of it said.
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
    // MSAL counts from the machine's clock; a caller may have another.
    const lifetimeMs = (result?.expiresOn?.getTime() ?? 0) - Date.now();
    if (result && isBearerToken.test(result.accessToken) && lifetimeMs >= shortestLifetimeMs)
      return { value: result.accessToken, lifetimeMs };
  } catch {
    request.signal.throwIfAborted();
    // MSAL's error repeats what it was given; what Entra answered is known without it.
    throw network.refusal();
  }
  throw network.refusal();
}

/** MSAL rounds to whole seconds, so that a token which has ended may seem to hold for half a second. */
const shortestLifetimeMs = 1_000;

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1. Anything else could not be sent, and would be shown by the error of that. */
const isBearerToken = /^[\w\-.~+/]+=*$/;

/**
 * Whether a scope is for an API of Microsoft's, as `https://graph.microsoft.com/.default`. Continuous access evaluation is
 * declared there and nowhere else: a client that declares `cp1` must answer claims challenges.
 * https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation-workload
 */
export const isMicrosofts = (scope: string): boolean =>
  /^https:\/\/([\w-]+\.)*(microsoft\.com|microsoft\.us|azure\.com|azure\.net|azure\.us|azure\.cn|windows\.net|chinacloudapi\.cn|office\.com)(:\d+)?\//i.test(
    scope,
  );

/** MSAL's requests, by the given fetch; remembers how the last one ended. */
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
      // The credential must not travel further than to who was asked.
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
