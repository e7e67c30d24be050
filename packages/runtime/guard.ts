import { type CryptoKey, errors, type JWTPayload, jwtVerify } from "jose";
import { authorityOf } from "./authority";
import type { Client } from "./client";
import { type CloudName, cloudOf } from "./cloud";
import { ConfigurationError } from "./configurationError";
import { runHook } from "./hook";
import { checkNumbers } from "./numberOptions";
import { type Refusal, type RefusalCode, refusalOf } from "./refusal";
import { hasRepeatedName } from "./repeatedName";
import { shown } from "./shown";
import { KeysUnavailable, SigningKeys } from "./signingKeys";
import type { Access, Telemetry, TelemetryEvent } from "./telemetry";
import { applicationIn, keyIdOf, rejectionOf, TokenRejected, tokenIn } from "./tokenChecks";
import { type VerifiedToken, VerifiedTokens } from "./verifiedTokens";

export type { Refusal, RefusalCode } from "./refusal";

export interface GuardOptions {
  /** The Entra tenant whose tokens are accepted: a GUID. */
  readonly tenantId: string;
  /** The application (client) id of the API: the audience of its tokens, and the realm of its challenges. A GUID. */
  readonly clientId: string;
  /** The cloud of the tenant. Default: the authority's; without one, `public`. */
  readonly cloud?: CloudName | undefined;
  /** The authority that issues the tokens: an https address without a path. Default: the cloud's. */
  readonly authority?: string | undefined;
  /** The accepted difference between the clocks, in seconds. Default 60. */
  readonly clockTolerance?: number | undefined;
  /** How old the signing keys in use may be before they are fetched again, in seconds. Default 600. */
  readonly keysMaxAge?: number | undefined;
  /** How long keys are used if fetching them again fails, in seconds. Default 86400, a day. */
  readonly keysMaxStale?: number | undefined;
  /** The minimum time between two fetches because of an unknown key, in seconds. Default 30. */
  readonly keysCooldown?: number | undefined;
  /** The time limit for fetching the signing keys, in seconds. Default 5. */
  readonly keysTimeout?: number | undefined;
  /** How many verified tokens are remembered, so that each is verified once. Default 1000; 0 verifies each request. */
  readonly verifiedTokens?: number | undefined;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: (() => number) | undefined;
  /** Fetches the signing keys, for example through a proxy. Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** Receives reports of admissions, refusals and fetches of keys. Default: none. */
  readonly telemetry?: Telemetry | undefined;
}

/**
 * Whether a request is admitted. The reason is for a log, and contains no part of the token. Each case also lists the
 * properties of the other, because TypeScript without `strict` cannot distinguish the cases.
 */
export type Judgement =
  | {
      readonly client: Client;
      readonly refusal?: undefined;
      readonly code?: undefined;
      readonly reason?: undefined;
    }
  | {
      readonly client?: undefined;
      readonly refusal: Refusal;
      readonly code: RefusalCode;
      readonly reason: string;
    };

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Guards an API of the landscape. It admits a request if the tenant issued its token, for this API, to an application that
 * holds the app role.
 * https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
 */
export class Guard {
  readonly #tenantId: string;
  readonly #clientId: string;
  readonly #issuer: string;
  readonly #keys: SigningKeys;
  readonly #verified: VerifiedTokens | undefined;
  readonly #clockTolerance: number;
  readonly #clock: () => number;
  readonly #telemetry: Telemetry | undefined;

  /**
   * @throws ConfigurationError for a tenant or client id that is not a GUID, an authority that is not https, or an option
   *   that is not a valid number
   */
  constructor(options: GuardOptions) {
    const { keysMaxAge = 600, keysMaxStale = 86_400, keysCooldown = 30, keysTimeout = 5 } = options;
    const { clockTolerance = 60, verifiedTokens = 1000 } = options;
    checkNumbers(
      { keysMaxAge, keysMaxStale, keysCooldown, keysTimeout, clockTolerance, verifiedTokens },
      { keysMaxAge: 0, keysMaxStale: 0, keysCooldown: 0, keysTimeout: 0.001, clockTolerance: 0, verifiedTokens: 0 },
    );
    // In the spelling that Entra's tokens use.
    this.#tenantId = guidOf("tenantId", options.tenantId);
    this.#clientId = guidOf("clientId", options.clientId);
    this.#clock = options.clock ?? Date.now;
    this.#telemetry = options.telemetry;
    this.#clockTolerance = clockTolerance;
    this.#verified = verifiedTokens > 0 ? new VerifiedTokens(verifiedTokens) : undefined;
    const tenant = `${authorityOf(options.authority ?? cloudOf(options).authority)}/${this.#tenantId}`;
    // The platform fixes both. With discovery, the server that answers could choose them.
    this.#issuer = `${tenant}/v2.0`;
    this.#keys = new SigningKeys({
      address: `${tenant}/discovery/v2.0/keys`,
      maxAge: keysMaxAge * 1000,
      maxStale: keysMaxStale * 1000,
      cooldown: keysCooldown * 1000,
      timeout: keysTimeout * 1000,
      clock: this.#clock,
      fetch: options.fetch ?? fetch,
      telemetry: options.telemetry,
    });
    this.#report({ kind: "guardCreated", api: this.#clientId });
  }

  /**
   * Decides about a request by its `Authorization` header. The promise never rejects.
   *
   * @param authorization the header's value; `undefined` or `null` when there is none
   * @param role the value of the required app role, for example `Inventory.Read`
   * @param method the HTTP method of the request, only for the telemetry. Default: not known
   */
  async judge(authorization: string | null | undefined, role: string, method?: string): Promise<Judgement> {
    try {
      const client = await this.#clientOf(tokenIn(authorization));
      const { clientId } = client;
      if (!client.roles.includes(role))
        throw new TokenRejected("role_missing", `the app role ${role} is missing`, clientId);
      const access = method === undefined ? {} : { access: accessOf(method) };
      this.#report({ kind: "admitted", api: this.#clientId, role, clientId, ...access });
      return { client };
    } catch (error) {
      return this.#refused(error instanceof TokenRejected ? error : rejectionOf(error), role);
    }
  }

  /** The answer to a request for a route that declares no app role: see `denyByDefault`. */
  refuseUndeclared(): Judgement {
    return this.#refused(new TokenRejected("role_not_declared", "the route declares no app role"), "");
  }

  /** Only the telemetry gets the client: an answer and a log contain no part of a token. */
  #refused({ code, reason, clientId }: Pick<TokenRejected, "code" | "reason" | "clientId">, role: string): Judgement {
    const api = this.#clientId;
    this.#report({ kind: "refused", api, role, code, reason, ...(clientId === undefined ? {} : { clientId }) });
    return { refusal: refusalOf(code, api, role), code, reason };
  }

  #report(event: TelemetryEvent): void {
    const telemetry = this.#telemetry;
    if (telemetry) runHook("telemetry", () => telemetry.observe(event));
  }

  async #clientOf(token: string): Promise<Client> {
    const known = this.#verified?.get(token);
    if (known && (await this.#keys.withId(known.keyId)) === known.keys) return this.#timely(known);
    const verified = await this.#verify(token);
    this.#verified?.set(token, verified);
    return verified.client;
  }

  #timely({ client, notBefore, expires }: VerifiedToken): Client {
    const now = Math.floor(this.#now().getTime() / 1000);
    if (now - this.#clockTolerance >= expires) throw new TokenRejected("token_expired", "the token has expired");
    if (now + this.#clockTolerance < notBefore)
      throw new TokenRejected("token_not_yet_valid", "the token is not yet valid");
    return client;
  }

  #now(): Date {
    const now = new Date(this.#clock());
    // Without a valid time, the expiry of a token cannot be checked.
    if (Number.isNaN(now.getTime())) throw new TokenRejected("keys_unavailable", "the clock returns no valid time");
    return now;
  }

  async #verify(token: string): Promise<VerifiedToken> {
    const keyId = keyIdOf(token);
    const keys = await this.#keys.withId(keyId);
    if (keys.length === 0)
      throw new TokenRejected("key_unknown", "the tenant does not publish the key that the token names");
    const payload = await this.#signedPayload(token, keys);
    // A signature does not guarantee that every parser reads the same claims.
    const [header = "", claims = ""] = token.split(".");
    if (hasRepeatedName(textOf(header)) || hasRepeatedName(textOf(claims)))
      throw new TokenRejected("claims_invalid", "a claim is repeated");
    const { nbf: notBefore = 0, exp: expires = 0 } = payload;
    // JSON allows numbers like 1e999, which are parsed as Infinity: such a token would never expire.
    if (!Number.isSafeInteger(expires) || !Number.isSafeInteger(notBefore))
      throw new TokenRejected("claims_invalid", "exp or nbf is not a whole number");
    return { client: applicationIn(payload, this.#tenantId), notBefore, expires, keyId, keys };
  }

  /** If two keys have the same id, both are tried. */
  async #signedPayload(token: string, keys: readonly CryptoKey[]): Promise<JWTPayload> {
    for (const [index, key] of keys.entries()) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ["RS256"],
          issuer: this.#issuer,
          audience: this.#clientId,
          clockTolerance: this.#clockTolerance,
          currentDate: this.#now(),
          requiredClaims: ["exp", "nbf", "iat", "tid", "ver", "azp", "oid"],
        });
        return payload;
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed) || index === keys.length - 1) throw error;
      }
    }
    throw new KeysUnavailable();
  }
}

const reading = new Set(["GET", "HEAD", "OPTIONS"]);
const accessOf = (method: string): Access => (reading.has(method) ? "read" : "write");

function guidOf(name: string, value: string): string {
  if (typeof value === "string" && guid.test(value)) return value.toLowerCase();
  throw new ConfigurationError(`${name} is ${shown(value)}; allowed: a GUID`);
}

const textOf = (part: string): string => Buffer.from(part, "base64url").toString();
