import { createHash } from "node:crypto";
import { type CryptoKey, errors, exportJWK, generateKeyPair, type JWK } from "jose";
import { signingCertificate } from "../certificateAuthority";

/** A key that signs a tenant's tokens. */
interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** As `/discovery/v2.0/keys` shows it. */
  readonly jwk: JWK;
}

/**
 * The keys that sign a tenant's tokens. Entra rotates them in this order: the next one is published, later it signs, and
 * later still the one before is taken away.
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
    return new SigningKeys(await createSigningKey(issuer), issuer);
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
    this.published.push(await createSigningKey(this.issuer));
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

/** As Entra's, a key is named by the thumbprint of a certificate of its own, which the key set shows. */
async function createSigningKey(issuer: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { modulusLength: 2048, extractable: true });
  const certificate = await signingCertificate({ privateKey, publicKey });
  const kid = createHash("sha1").update(certificate).digest("base64url");
  const { n, e, kty } = await exportJWK(publicKey);
  const x5c = [certificate.toString("base64")];
  return { kid, privateKey, publicKey, jwk: Object.assign({ kty, use: "sig", kid, x5t: kid, n, e, x5c }, { issuer }) };
}
