import { hash } from "node:crypto";
import type { Client } from "./client";

/** A token whose signature and claims have been checked. */
export interface VerifiedToken {
  readonly client: Client;
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly expires: number;
  /** The id of its signing key, and the keys with this id. The token counts as verified only while these keys are in use. */
  readonly keyId: string;
  readonly keys: object;
}

/** Remembers verified tokens, so that a repeated token is verified once. It contains digests, not tokens, and drops the oldest first. */
export class VerifiedTokens {
  readonly #byDigest = new Map<string, VerifiedToken>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(token: string): VerifiedToken | undefined {
    return this.#byDigest.get(digestOf(token));
  }

  set(token: string, verified: VerifiedToken): void {
    if (this.#byDigest.size >= this.#limit) {
      const [oldest] = this.#byDigest.keys();
      if (oldest !== undefined) this.#byDigest.delete(oldest);
    }
    this.#byDigest.set(digestOf(token), verified);
  }
}

const digestOf = (token: string): string => hash("sha256", token, "base64");
