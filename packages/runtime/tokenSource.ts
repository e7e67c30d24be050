import { setTimeout as delay } from "node:timers/promises";
import { authorityOf } from "./authority";
import { cloudOf } from "./cloud";
import type { ServiceConfiguration } from "./configuration";
import { type Credential, CredentialSource } from "./credentialSource";
import { CredentialUnavailable } from "./credentialUnavailable";
import { EntraRefusal, type IssuedToken, requestToken } from "./entra";
import { isPropagating, isSecretOutdated, isTransient, remedyFor } from "./entraCodes";
import { runHook } from "./hook";
import type { Telemetry } from "./telemetry";
import { TokenError } from "./tokenError";
import { within } from "./within";

export interface TokenSourceOptions {
  readonly attempts: number;
  /** The time limit for all attempts for one token, in milliseconds. */
  readonly timeout: number;
  /** How long after the start, or after a change of the secret, some of Entra may not know it, in milliseconds. */
  readonly propagation: number;
  readonly clock: () => number;
  readonly fetch: typeof fetch;
  readonly telemetry: Telemetry | undefined;
}

/** The maximum time between two attempts, unless Entra asks for more, in milliseconds. */
const longestDelay = 5_000;

/**
 * Requests tokens, and retries if this can help: after a transient failure; with the secret read again, if it may have been
 * replaced; and with the previous version of the secret, while not all of Entra accepts the new one.
 */
export class TokenSource {
  readonly #configuration: ServiceConfiguration;
  readonly #authority: string;
  readonly #options: TokenSourceOptions;
  readonly #source: CredentialSource;
  #newest: Promise<Credential> | undefined;
  #previous: Credential | undefined;
  /** Milliseconds since 1970. */
  #changedAt: number;

  /** @throws ConfigurationError for an authority that is not https */
  constructor(configuration: ServiceConfiguration, options: TokenSourceOptions) {
    this.#configuration = configuration;
    this.#authority = authorityOf(configuration.authority ?? cloudOf(configuration).authority);
    this.#options = options;
    this.#source = new CredentialSource(configuration, this.#authority, options.fetch);
    this.#changedAt = options.clock();
  }

  /**
   * @param claims the claims that an API requires in the token, as JSON
   * @throws TokenError
   */
  async tokenFor(api: string, scope: string, claims: string | undefined): Promise<IssuedToken> {
    const { timeout } = this.#options;
    let last: TokenError | undefined;
    try {
      return await within(timeout, async (signal) => {
        const isRead = { again: false };
        for (let attempt = 1; ; attempt++) {
          try {
            return await this.#withAnyCredential(api, scope, claims, isRead, signal);
          } catch (error) {
            signal.throwIfAborted();
            last = this.#explained(api, error);
            const mayPass = isPropagating(last.code) ? last.isTransient : attempt < this.#options.attempts;
            if (!last.isTransient || !mayPass) throw last;
            const wait = Math.max(last.retryAfterMs ?? 0, Math.min(100 * 2 ** attempt, longestDelay));
            // If Entra asks for a longer wait than the time limit, the caller's pause handles it.
            if (wait >= timeout) throw last;
            await delay(wait, undefined, { signal });
          }
        }
      });
    } catch (error) {
      if (error instanceof TokenError) throw error;
      throw last ?? unanswered(api, `Entra or the vault did not answer within ${timeout / 1000} s; try again`);
    }
  }

  async #withAnyCredential(
    api: string,
    scope: string,
    claims: string | undefined,
    isRead: { again: boolean },
    signal: AbortSignal,
  ): Promise<IssuedToken> {
    const ask = (credential: Credential) => this.#ask(api, scope, claims, credential, signal);
    const reading = this.#current(signal);
    const used = await reading;
    try {
      const token = await ask(used);
      // It has been accepted for long enough, so the previous version can be removed from memory.
      if (!this.#isPropagating()) this.#previous = undefined;
      return token;
    } catch (error) {
      if (!this.#isOutdated(error)) throw error;
      if (!isRead.again) {
        isRead.again = true;
        // Unless a request for another API has read it again in the meantime.
        if (this.#newest === reading) this.#newest = undefined;
      }
      const newest = await this.#current(signal);
      this.#previous ??= await this.#versionBefore(newest, signal);
      const others = [newest, this.#previous].filter((each): each is Credential => each?.isSameAs(used) === false);
      if (!newest.isSameAs(used)) this.#noteChange(used);
      for (const credential of others) {
        try {
          return await ask(credential);
        } catch (again) {
          if (!this.#isOutdated(again)) throw again;
        }
      }
      throw error;
    }
  }

  /** The previous version in the vault, which Entra still accepts, for a process that started after the rotation and never read it. */
  async #versionBefore({ previousVersion }: Credential, signal: AbortSignal): Promise<Credential | undefined> {
    if (previousVersion === undefined || !this.#isPropagating()) return undefined;
    try {
      return await this.#source.read(signal, previousVersion);
    } catch (error) {
      // Somebody may have disabled or purged it. The reported error is that Entra refuses the newest version.
      if (error instanceof CredentialUnavailable) return undefined;
      throw error;
    }
  }

  #noteChange(previous: Credential): void {
    if (this.#previous?.isSameAs(previous)) return;
    this.#previous = previous;
    this.#changedAt = this.#options.clock();
  }

  #isPropagating(): boolean {
    return this.#options.clock() - this.#changedAt < this.#options.propagation;
  }

  #isOutdated(error: unknown): boolean {
    const isSecret = this.#configuration.credential.kind === "secret";
    return isSecret && error instanceof EntraRefusal && isSecretOutdated(error.code ?? "");
  }

  async #ask(
    api: string,
    scope: string,
    claims: string | undefined,
    credential: Credential,
    signal: AbortSignal,
  ): Promise<IssuedToken> {
    const { tenantId, clientId } = this.#configuration;
    const begun = performance.now();
    let outcome = "issued";
    try {
      return await requestToken({
        authority: this.#authority,
        tenantId,
        clientId,
        authentication: credential.authentication(),
        scope,
        claims,
        fetch: this.#options.fetch,
        signal,
      });
    } catch (error) {
      outcome = this.#explained(api, error).code;
      throw error;
    } finally {
      const seconds = (performance.now() - begun) / 1000;
      this.#tell({ kind: "tokenRequested", api, outcome, seconds, clientId, scope });
    }
  }

  /** Read once, and again if it is outdated. */
  #current(signal: AbortSignal): Promise<Credential> {
    if (this.#newest) return this.#newest;
    const reading = this.#source.read(signal);
    this.#newest = reading;
    reading.then(
      ({ updatedAt }) => {
        if (this.#configuration.credential.kind === "federated") return;
        const ageSeconds = updatedAt === undefined ? undefined : (this.#options.clock() - updatedAt) / 1000;
        this.#tell({ kind: "credentialRead", ageSeconds });
      },
      () => {
        if (this.#newest === reading) this.#newest = undefined;
      },
    );
    return reading;
  }

  #explained(api: string, error: unknown): TokenError {
    if (error instanceof CredentialUnavailable) {
      const { message: remedy, isTransient: mayPass, retryAfterMs } = error;
      return new TokenError(api, { code: "ERR_CREDENTIAL", remedy, isTransient: mayPass, retryAfterMs });
    }
    if (!(error instanceof EntraRefusal))
      return unanswered(api, "Entra could not be reached, or did not answer; try again");
    const { code, status, retryAfterMs, refused } = error;
    const isBusy = status === undefined || status === 429 || status >= 500;
    if (code === undefined)
      return isBusy
        ? unanswered(api, "Entra could not be reached, or did not answer; try again", retryAfterMs)
        : new TokenError(api, { code: "ERR_TOKEN_UNUSABLE", remedy: `Entra answered ${status} without a token` });
    const mayPass = isBusy || isTransient(code) || (isPropagating(code) && this.#isPropagating());
    const remedy = `${refused === undefined ? "" : `${refused} is refused: `}${remedyFor(code)}`;
    return new TokenError(api, { code, remedy, isTransient: mayPass, retryAfterMs });
  }

  #tell(event: Parameters<Telemetry["observe"]>[0]): void {
    const { telemetry } = this.#options;
    if (telemetry) runHook("telemetry", () => telemetry.observe(event));
  }
}

const unanswered = (api: string, remedy: string, retryAfterMs?: number): TokenError =>
  new TokenError(api, { code: "ERR_ENTRA_UNAVAILABLE", remedy, isTransient: true, retryAfterMs });
