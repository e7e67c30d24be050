import type { ServiceConfiguration } from "./configuration";
import { isMicrosofts } from "./entra";
import { runHook } from "./hook";
import { checkNumbers } from "./numberOptions";
import type { Telemetry, TelemetryEvent } from "./telemetry";
import { TokenError } from "./tokenError";
import { TokenSource } from "./tokenSource";

export { TokenError } from "./tokenError";

export interface CallerOptions {
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: (() => number) | undefined;
  /**
   * How long before its expiry a token in use is renewed, in seconds. Default 1200: an outage of Entra of 20 minutes has no
   * effect. At most half of a token's lifetime is used.
   */
  readonly renewBefore?: number | undefined;
  /** The maximum number of attempts for a request to Entra or the vault that fails for a transient reason. Default 4. */
  readonly attempts?: number | undefined;
  /** The maximum duration of all attempts for one token, in seconds. Default 30. */
  readonly timeout?: number | undefined;
  /**
   * How long after the start, or after a change of the secret, to wait until all of Entra knows a registration, a secret or a
   * federated identity credential, in seconds. Default 300.
   */
  readonly propagation?: number | undefined;
  /** Sends the requests to Entra and to the APIs, for example through a proxy. Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** Receives reports of token requests, and propagates traces. Default: none. */
  readonly telemetry?: Telemetry | undefined;
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly renewAt: number;
  readonly endsAt: number;
  /** Whether it was requested because an API answered 401 to the previous token. */
  readonly isReplacement: boolean;
}

/** After a failure, tokens for the API are not requested for a while. */
interface Pause {
  readonly until: number;
  readonly failures: number;
  readonly error: TokenError;
}

/** The clock of the API's machine may be ahead. */
const marginMs = 5_000;
/** How long an API that answers 401 to a new token gets no further new token for this reason. */
const replacementPauseMs = 300_000;
const [shortestPauseMs, longestPauseMs] = [1_000, 30_000];

/**
 * Gets tokens for other services with the client credentials grant. It caches a token until shortly before its expiry, and
 * renews it while it is still valid. There is at most one request at a time for each API, however many callers wait. If Entra
 * refuses the client secret, the secret is read again once, so no caller notices a rotation.
 */
export class Caller {
  readonly #scopes: ReadonlyMap<string, string>;
  readonly #source: TokenSource;
  readonly #tokens = new Map<string, Token>();
  readonly #underWay = new Map<string, Promise<Token>>();
  readonly #pauses = new Map<string, Pause>();
  readonly #clock: () => number;
  readonly #renewBeforeMs: number;
  readonly #fetch: typeof fetch;
  readonly #telemetry: Telemetry | undefined;

  /** @throws ConfigurationError for an authority that is not https, or an option that is not a valid number */
  constructor(configuration: ServiceConfiguration, options: CallerOptions = {}) {
    const { clock = Date.now, renewBefore = 1200, attempts = 4, timeout = 30, propagation = 300, telemetry } = options;
    checkNumbers(
      { renewBefore, attempts, timeout, propagation },
      { renewBefore: 0, attempts: 1, timeout: 0.001, propagation: 0 },
    );
    // By reference to the global, which instrumentation may replace later.
    const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#source = new TokenSource(configuration, {
      attempts,
      timeout: timeout * 1000,
      propagation: propagation * 1000,
      clock,
      fetch: send,
      telemetry,
    });
    // Only its own entries: every object also has a `constructor`.
    this.#scopes = new Map(Object.entries(configuration.scopes));
    this.#clock = clock;
    this.#renewBeforeMs = renewBefore * 1000;
    this.#fetch = send;
    this.#telemetry = telemetry;
    this.#tell({ kind: "callerCreated", clientId: configuration.clientId });
  }

  /**
   * A token for an API, by its name in the configuration.
   *
   * @param options.signal ends the waiting, but not the request, which others may be waiting for
   * @throws TokenError with a code, and what to do; the signal's reason
   */
  async tokenFor(api: string, options: { readonly signal?: AbortSignal | null } = {}): Promise<string> {
    return (await this.#tokenFor(api, options.signal)).value;
  }

  /**
   * Forgets the token of an API, so that a new one is requested. Use it after a grant, which an older token does not contain.
   */
  forget(api: string): void {
    this.#tokens.delete(api);
    this.#pauses.delete(api);
  }

  /**
   * `fetch` with the token of an API. After an answer of 401 it retries once with a new token, because the API may know of a
   * reason to refuse the old one. An API that keeps answering 401 gets at most one new token in five minutes.
   *
   * @param address https, because plain http would reveal the token
   * @param init its `signal` also ends the waiting for a token
   * @throws TokenError, TypeError for another address or for a body that cannot be sent twice
   */
  async fetch(api: string, address: string | URL, init: RequestInit = {}): Promise<Response> {
    const { protocol, host, pathname } = new URL(address);
    // Without the parts that may be secret: a query or a password.
    const where = `${protocol}//${host}${pathname}`;
    if (protocol !== "https:") throw new TypeError(`${where}: allowed for a request with a token: an https address`);
    if (!isRepeatable(init.body))
      throw new TypeError(`${where}: allowed as a body: a value that can be sent again, not a stream`);
    const token = await this.#tokenFor(api, init.signal);
    const response = await this.#send(address, init, token);
    if (response.status === 403) {
      const tokenAgeSeconds = (this.#clock() - token.issuedAt) / 1000;
      this.#tell({ kind: "forbidden", api, tokenAgeSeconds });
    }
    if (response.status !== 401) return response;
    const other = await this.#otherThan(token, api, this.#claimsOf(api, response), init.signal);
    if (!other) return response;
    // Not awaited: cancelling the unread body may take long or fail.
    response.body?.cancel().catch(() => {});
    return this.#send(address, init, other);
  }

  #send(address: string | URL, init: RequestInit, token: Token): Promise<Response> {
    const headers = new Headers(init.headers);
    const telemetry = this.#telemetry;
    if (telemetry?.headers)
      runHook("telemetry", () => {
        for (const [name, value] of Object.entries(telemetry.headers?.() ?? {})) headers.set(name, value);
      });
    headers.set("authorization", `Bearer ${token.value}`);
    // A followed redirect would send the token to another address.
    return this.#fetch(address, { ...init, redirect: "error", headers });
  }

  async #tokenFor(api: string, signal: AbortSignal | null | undefined): Promise<Token> {
    signal?.throwIfAborted();
    const token = this.#tokens.get(api);
    const now = this.#clock();
    const holds = token !== undefined && now < token.endsAt - marginMs;
    this.#tell({ kind: "tokenServed", api, from: holds ? "cache" : "entra" });
    if (holds && now < token.renewAt) return token;
    const pause = this.#pauses.get(api);
    const isPausing = pause !== undefined && now < pause.until;
    if (!holds) {
      if (isPausing) throw pause.error;
      return unless(signal, this.#renew(api));
    }
    // The token is still valid, so nobody waits for the next one. A failure is reported, and retried after the pause.
    if (!isPausing) this.#renew(api).catch(() => {});
    return token;
  }

  /** A replacement for a token that an API refused; `undefined` if it was replaced recently, or if there is no new one. */
  async #otherThan(
    refused: Token,
    api: string,
    claims: string | undefined,
    signal: AbortSignal | null | undefined,
  ): Promise<Token | undefined> {
    const current = this.#tokens.get(api);
    if (current && current.value !== refused.value) return current;
    const isRecent = this.#clock() - refused.issuedAt < replacementPauseMs;
    if (refused.isReplacement && isRecent && claims === undefined) return undefined;
    const pause = this.#pauses.get(api);
    if (pause && this.#clock() < pause.until) return undefined;
    try {
      return await unless(signal, this.#renew(api, true, claims));
    } catch (error) {
      // The caller gets the API's 401. The reason for the missing token is reported as an event.
      if (error instanceof TokenError) return undefined;
      throw error;
    }
  }

  /** https://learn.microsoft.com/entra/identity-platform/claims-challenge */
  #claimsOf(api: string, response: Response): string | undefined {
    if (!isMicrosofts(this.#scopes.get(api) ?? "")) return undefined;
    const challenge = response.headers.get("www-authenticate") ?? "";
    const encoded = /\bclaims="([\w+/=-]+)"/.exec(challenge)?.[1];
    return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString();
  }

  #renew(api: string, isReplacement = false, claims?: string): Promise<Token> {
    const waiting = this.#underWay.get(api);
    if (waiting) return waiting;
    const scope = this.#scopes.get(api);
    if (scope === undefined) {
      const known = [...this.#scopes.keys()].join(", ") || "none";
      const remedy = `it is not configured; the APIs are: ${known}`;
      return Promise.reject(new TokenError(api, { code: "ERR_API_UNKNOWN", remedy }));
    }
    const renewal = this.#request(api, scope, isReplacement, claims).finally(() => this.#underWay.delete(api));
    this.#underWay.set(api, renewal);
    return renewal;
  }

  async #request(api: string, scope: string, isReplacement: boolean, claims: string | undefined): Promise<Token> {
    const issuedAt = this.#clock();
    try {
      const { value, lifetimeMs } = await this.#source.tokenFor(api, scope, claims);
      // Counted from before the request, so that the token expires here early rather than late.
      const endsAt = issuedAt + lifetimeMs;
      const renewAt = endsAt - Math.min(this.#renewBeforeMs, lifetimeMs / 2);
      const token = { value, issuedAt, renewAt, endsAt, isReplacement };
      this.#tokens.set(api, token);
      this.#pauses.delete(api);
      return token;
    } catch (error) {
      if (error instanceof TokenError) this.#pause(api, error);
      throw error;
    }
  }

  #pause(api: string, error: TokenError): void {
    const failures = (this.#pauses.get(api)?.failures ?? 0) + 1;
    const wait = Math.max(error.retryAfterMs ?? 0, Math.min(shortestPauseMs * 2 ** (failures - 1), longestPauseMs));
    this.#pauses.set(api, { until: this.#clock() + wait, failures, error });
  }

  #tell(event: TelemetryEvent): void {
    const telemetry = this.#telemetry;
    if (telemetry) runHook("telemetry", () => telemetry.observe(event));
  }
}

/** Whether a body can be sent a second time. */
const isRepeatable = (body: RequestInit["body"]): boolean =>
  body === null ||
  body === undefined ||
  typeof body === "string" ||
  body instanceof URLSearchParams ||
  body instanceof FormData ||
  body instanceof Blob ||
  body instanceof ArrayBuffer ||
  ArrayBuffer.isView(body);

/** The result of the work, unless the signal is aborted first. The work itself continues. */
async function unless<T>(signal: AbortSignal | null | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  // Others who wait for the work receive its failure.
  work.catch(() => {});
  signal.throwIfAborted();
  let forward = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    forward = () => reject(signal.reason);
    signal.addEventListener("abort", forward, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", forward);
  }
}
