import { createHash } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from "jose";

/** The key that signs a tenant's tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** As `/discovery/v2.0/keys` shows it. */
  readonly jwk: JWK;
}

export async function createSigningKey(issuer: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { modulusLength: 2048, extractable: true });
  const { n, e, kty } = await exportJWK(publicKey);
  const kid = createHash("sha256").update(`${n}`).digest("base64url").slice(0, 27);
  return { kid, privateKey, publicKey, jwk: Object.assign({ kty, use: "sig", kid, n, e }, { issuer }) };
}
