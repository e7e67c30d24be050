import { createHash } from "node:crypto";
import { type CryptoKey, errors, exportJWK, importJWK, type JWK } from "jose";
import { signingCertificate } from "../certificateAuthority";
import { type CryptoKeyPair, commonKeyPair, newKeyPair } from "./keyPair";

/** A key that signs a tenant's tokens. */
interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** As `/discovery/v2.0/keys` shows it. */
  readonly jwk: JWK;
}

/**
 * The keys that sign a tenant's tokens. Entra rotates them in this order: the next key is published, later it signs, and
 * later still the previous one is removed. The tenants of a cloud share their keys, so only the issuer tells their tokens apart: every
 * local Azure in a process begins with the same key.
 * https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
 */
export class SigningKeys {
  private readonly published: SigningKey[];

  private constructor(
    private signing: SigningKey,
    private readonly issuer: string,
  ) {
    this.published = [signing];
  }

  static async create(issuer: string): Promise<SigningKeys> {
    const keys = await commonKeyPair();
    commonCertificate ??= signingCertificate(keys);
    return new SigningKeys(await signingKey(issuer, keys, commonCertificate), issuer);
  }

  /** The keys that {@link saved} returned; the last one signs. */
  static async restored(issuer: string, keys: readonly JWK[]): Promise<SigningKeys> {
    const restored = await Promise.all(keys.map((key) => savedKey(issuer, key)));
    const last = restored.at(-1);
    if (!last) return SigningKeys.create(issuer);
    const all = new SigningKeys(last, issuer);
    all.published.splice(0, 1, ...restored);
    return all;
  }

  /** All keys with their private parts; the last one signs. */
  saved(): Promise<JWK[]> {
    const others = this.published.filter((key) => key !== this.signing);
    return Promise.all(
      [...others, this.signing].map(async ({ privateKey, jwk }) => ({ ...jwk, ...(await exportJWK(privateKey)) })),
    );
  }

  /** The current signing key. */
  get current(): Pick<SigningKey, "kid" | "privateKey"> {
    return this.signing;
  }

  get jwks(): readonly JWK[] {
    return this.published.map(({ jwk }) => jwk);
  }

  /** For `jwtVerify`: the published key that a token names. */
  readonly verificationKey = ({ kid }: { readonly kid?: string }): CryptoKey => {
    const found = this.published.find((key) => key.kid === kid);
    if (!found) throw new errors.JWKSNoMatchingKey();
    return found.publicKey;
  };

  async publishNext(): Promise<void> {
    const keys = await newKeyPair();
    this.published.push(await signingKey(this.issuer, keys, signingCertificate(keys)));
  }

  /** The newest published key signs from now on. */
  useNext(): void {
    this.signing = this.published.at(-1) as SigningKey;
  }

  /** Removes every key except the signing one. */
  retireOthers(): void {
    this.published.splice(0, this.published.length, this.signing);
  }
}

let commonCertificate: Buffer | undefined;

/** A private JWK contains the public one. */
async function savedKey(issuer: string, { kty, n, e, x5c, ...rest }: JWK): Promise<SigningKey> {
  const [privateKey, publicKey] = (await Promise.all([
    importJWK({ kty, n, e, ...rest }, "RS256", { extractable: true }),
    importJWK({ kty, n, e }, "RS256", { extractable: true }),
  ])) as [CryptoKey, CryptoKey];
  return signingKey(issuer, { privateKey, publicKey }, Buffer.from(x5c?.[0] ?? "", "base64"));
}

/** As in Entra, the id of a key is the thumbprint of its own certificate, which the key set contains. */
async function signingKey(
  issuer: string,
  { privateKey, publicKey }: CryptoKeyPair,
  certificate: Buffer,
): Promise<SigningKey> {
  const kid = createHash("sha1").update(certificate).digest("base64url");
  const { n, e, kty } = await exportJWK(publicKey);
  const x5c = [certificate.toString("base64")];
  return { kid, privateKey, publicKey, jwk: Object.assign({ kty, use: "sig", kid, x5t: kid, n, e, x5c }, { issuer }) };
}
