import { hash } from "node:crypto";
import type { Client } from "./client";

/** A token whose signature and claims have been checked. */
export interface VerifiedToken {
  readonly client: Client;
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly expires: number;
  /** The id of the key that it is signed with, and the keys that had this id: they vouch for it only while in use. */
  readonly keyId: string;
  readonly keys: object;
}

/** What each service sends again and again is verified once. Holds digests, not tokens; the oldest leave first. */
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
