import { type CryptoKey, importJWK, type JWK } from "jose";
import { runHook } from "./hook";
import type { Telemetry } from "./telemetry";
import { within } from "./within";

export interface SigningKeysOptions {
  /** The address at which the tenant publishes its keys. */
  readonly address: string;
  /** The age at which keys in use are fetched again, in milliseconds. */
  readonly maxAge: number;
  /** How long keys are used if fetching them again fails, in milliseconds. */
  readonly maxStale: number;
  /** The minimum time between two fetches, successful or not, in milliseconds. */
  readonly cooldown: number;
  /** The time limit for a fetch, in milliseconds. */
  readonly timeout: number;
  readonly clock: () => number;
  readonly fetch: typeof fetch;
  readonly telemetry: Telemetry | undefined;
}

/** The signing keys are unavailable, so the token is neither valid nor invalid. */
export class KeysUnavailable extends Error {}

/** The minimum time after a failed fetch, in milliseconds, unless the cooldown is shorter. */
const pauseAfterFailure = 5_000;

interface KeySet {
  readonly byId: ReadonlyMap<string, readonly CryptoKey[]>;
  readonly fetchedAt: number;
}

/**
 * The keys with which a tenant signs its tokens. There is at most one fetch at a time. After a failed fetch there is a pause,
 * in which the last known keys stay in use. https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  #known: KeySet | undefined;
  #failedAt: number | undefined;
  #underWay: Promise<void> | undefined;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /**
   * The keys with an id: none, one, or several that were published with the same id. The same list object is returned while the
   * same set of keys is in use.
   *
   * @throws KeysUnavailable
   */
  async withId(id: string): Promise<readonly CryptoKey[]> {
    const { clock, maxAge, cooldown } = this.#options;
    const known = this.#usable();
    const found = known?.byId.get(id);
    const age = known ? clock() - known.fetchedAt : 0;
    if (found) {
      // Fetched in the background: nobody waits, and after a failure the known keys stay in use.
      if (age >= maxAge && !this.#isPausing()) void this.#fetchOnce();
      return found;
    }
    // The keys are fetched at most once in this time, however many tokens name an unknown key.
    if (known && age < cooldown) return [];
    if (!this.#underWay && this.#isPausing()) throw new KeysUnavailable();
    const before = this.#known;
    await this.#fetchOnce();
    if (this.#known === before || !this.#known) throw new KeysUnavailable();
    return this.#known.byId.get(id) ?? [];
  }

  #usable(): KeySet | undefined {
    const { clock, maxStale } = this.#options;
    return this.#known && clock() - this.#known.fetchedAt < maxStale ? this.#known : undefined;
  }

  #isPausing(): boolean {
    const { clock, cooldown } = this.#options;
    return this.#failedAt !== undefined && clock() - this.#failedAt < Math.min(pauseAfterFailure, cooldown);
  }

  /** Never rejects. The result is in `#known`. */
  #fetchOnce(): Promise<void> {
    this.#underWay ??= this.#fetch().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #fetch(): Promise<void> {
    const { address, timeout, clock, fetch, telemetry } = this.#options;
    const begun = performance.now();
    let outcome: "received" | "failed";
    try {
      const byId = await within(timeout, async (signal) => {
        // No redirects, which would let another host answer.
        const response = await fetch(address, { headers: { accept: "application/json" }, redirect: "error", signal });
        if (response.status !== 200) throw new Error(`${response.status}`);
        return keysIn(await response.json());
      });
      this.#known = { byId, fetchedAt: clock() };
      this.#failedAt = undefined;
      outcome = "received";
    } catch {
      // The failure is reported as an event, and to each request without a key.
      this.#failedAt = clock();
      outcome = "failed";
    }
    const seconds = (performance.now() - begun) / 1000;
    if (telemetry) runHook("telemetry", () => telemetry.observe({ kind: "keysRequested", outcome, seconds }));
  }
}

/**
 * The RSA signing keys of a key set by id. Other kinds of keys are ignored, because they are not for RS256.
 *
 * @throws Error if it is not a key set, contains no RSA signing key, or contains an unusable one
 */
async function keysIn(set: unknown): Promise<KeySet["byId"]> {
  const keys = isObject(set) ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new Error("not a set of keys");
  const byId = new Map<string, CryptoKey[]>();
  for (const jwk of keys as unknown[]) {
    if (!isObject(jwk)) throw new Error("not a key");
    if (jwk.kty !== "RSA" || (jwk.use !== undefined && jwk.use !== "sig")) continue;
    if (jwk.alg !== undefined && jwk.alg !== "RS256") continue;
    const { kid, n, e } = jwk;
    if (typeof kid !== "string" || typeof n !== "string" || typeof e !== "string") throw new Error("not an RSA key");
    const key = await importJWK({ kty: "RSA", n, e } satisfies JWK, "RS256");
    // https://www.rfc-editor.org/rfc/rfc7518#section-3.3
    if (key instanceof Uint8Array || modulusBits(n) < 2048) throw new Error("a key is too short");
    byId.set(kid, [...(byId.get(kid) ?? []), key]);
  }
  if (byId.size === 0) throw new Error("no key to verify with");
  return byId;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const modulusBits = (n: string): number => Buffer.from(n, "base64url").length * 8;
