import { decodeProtectedHeader, errors, type JWTPayload } from "jose";
import type { Client } from "./client";
import type { RefusalCode } from "./refusal";

/** Entra's tokens have about 2 kB. With a thousand app roles, a token would have about 40 kB. */
const longestToken = 64 * 1024;

/** Why a token is refused. It contains no part of the token. */
export class TokenRejected extends Error {
  constructor(
    readonly code: RefusalCode,
    readonly reason: string,
    /** Of a valid token that lacks only the app role. */
    readonly clientId?: string,
  ) {
    super(reason);
  }
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1: one or more blanks after the scheme. */
export function tokenIn(authorization: string | null | undefined): string {
  if (authorization === undefined || authorization === null) throw new TokenRejected("token_missing", "no token");
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw new TokenRejected("token_malformed", "no bearer token of three parts");
  if (token.length > longestToken) throw new TokenRejected("token_malformed", "the token is too long");
  return token;
}

export function keyIdOf(token: string): string {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw new TokenRejected("token_malformed", "the header cannot be read");
  }
  if (header.typ !== "JWT") throw new TokenRejected("token_malformed", "the header's typ is not JWT");
  if (typeof header.kid !== "string") throw new TokenRejected("key_unknown", "the header names no key");
  return header.kid;
}

export function applicationIn(
  { tid, ver, azp, oid, sub, scp, idtyp, roles, aud, cnf }: JWTPayload,
  tenantId: string,
): Client {
  if (typeof aud !== "string") throw new TokenRejected("audience_invalid", "there are several audiences");
  if (tid !== tenantId) throw new TokenRejected("issuer_invalid", "tid is a different tenant");
  if (ver !== "2.0") throw new TokenRejected("claims_invalid", "ver is not 2.0");
  if (typeof azp !== "string" || typeof oid !== "string")
    throw new TokenRejected("claims_invalid", "azp or oid is not a string");
  // A user's token contains the rights of the user. An application's token has no user.
  if (scp !== undefined || (idtyp !== undefined && idtyp !== "app") || sub !== oid)
    throw new TokenRejected("not_an_application", "it is a user's token");
  // https://www.rfc-editor.org/rfc/rfc7800: only the holder of the key may use it, and a bearer token does not prove this.
  if (cnf !== undefined) throw new TokenRejected("claims_invalid", "the token is bound to a key by cnf");
  if (roles !== undefined && !isListOfStrings(roles))
    throw new TokenRejected("claims_invalid", "roles is not a list of strings");
  // Frozen, because it is cached for the next request with the same token.
  return Object.freeze({ clientId: azp, objectId: oid, roles: Object.freeze(roles ?? []) });
}

/** Converts an error of jose, or of fetching the keys. */
export function rejectionOf(error: unknown): Pick<TokenRejected, "code" | "reason" | "clientId"> {
  if (error instanceof errors.JWTExpired) return { code: "token_expired", reason: "the token has expired" };
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason: why } = error;
    if (claim === "iss") return { code: "issuer_invalid", reason: "iss is a different tenant" };
    if (claim === "aud") return { code: "audience_invalid", reason: "aud is a different API" };
    if (claim === "nbf" && why === "check_failed")
      return { code: "token_not_yet_valid", reason: "the token is not yet valid" };
    return { code: "claims_invalid", reason: `${claim} is ${why}` };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed)
    return { code: "signature_invalid", reason: error.code };
  if (error instanceof errors.JOSEError) return { code: "token_malformed", reason: error.code };
  // Any other error is not the token's fault: the request is refused, but not with the claim that the token is wrong.
  return { code: "keys_unavailable", reason: "the signing keys are unavailable" };
}

const isListOfStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
