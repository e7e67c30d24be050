import { generateKeyPair, SignJWT } from "jose";

/** Who an assertion says that it is from, whom it is about, and whom it is for. */
export interface AssertionClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
}

/** A token that nobody has the key of: it shows how far an API gets before it needs the key. */
export async function signedAssertion({ iss, sub, aud }: AssertionClaims): Promise<string> {
  const { privateKey } = await generateKeyPair("RS256");
  return new SignJWT({})
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "conformance" })
    .setIssuer(iss)
    .setSubject(sub)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime("10m")
    .sign(privateKey);
}
