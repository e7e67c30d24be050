import { webcrypto } from "node:crypto";

/** The type of `jose`. */
export interface CryptoKeyPair {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

/**
 * A key pair that signs tokens. Generating it takes a tenth of a second on another thread, so the command starts it first: this
 * file imports nothing that would have to be loaded before.
 */
export const newKeyPair = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
