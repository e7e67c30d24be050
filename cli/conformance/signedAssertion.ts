import { generateKeyPair, SignJWT } from "jose";

/** The issuer, subject and audience of an assertion. */
export interface AssertionClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
}

/** A token whose key nobody knows: it shows which checks an API makes before it needs the key. */
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
