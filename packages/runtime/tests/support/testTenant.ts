import { generateKeyPairSync, randomUUID } from "node:crypto";
import { Guard, type GuardOptions } from "@microservice-identities/runtime/guard";
import { exportJWK, SignJWT } from "jose";

/** A tenant in this process with one key and one API. Returns the API's guard, and a function that issues tokens for the API. */
export function testTenant(options: Partial<GuardOptions> = {}) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const [tenantId, clientId] = [randomUUID(), randomUUID()];
  const keys = async () => Response.json({ keys: [{ ...(await exportJWK(publicKey)), kid: "one", use: "sig" }] });
  return {
    tenantId,
    clientId,
    keys,
    guard: new Guard({ tenantId, clientId, fetch: keys, ...options }),
    token: (roles: readonly string[], azp = "orders") =>
      new SignJWT({ tid: tenantId, ver: "2.0", azp, oid: "object", sub: "object", roles })
        .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: "one" })
        .setIssuer(`https://login.microsoftonline.com/${tenantId}/v2.0`)
        .setAudience(clientId)
        .setIssuedAt()
        .setNotBefore("0s")
        .setExpirationTime("1h")
        .sign(privateKey),
  };
}
