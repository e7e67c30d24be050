import { type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "./directoryObjects";
import { issuerOf } from "./entra/issuer";
import type { SigningKeys } from "./entra/signingKey";

/** The caller of a request, from its access token. */
export interface Principal {
  /** The object id of the caller's service principal. */
  readonly objectId: string;
  readonly appId: string;
  readonly issuer: string;
  readonly roles: readonly string[];
}

export type BearerProblem = "missing" | "malformed" | "expired" | "audience" | "signature" | OtherTenant;

/** The token is another tenant's, which has the same signing keys. Both are issuers of version 1. */
export interface OtherTenant {
  readonly found: string;
  readonly expected: string;
}

/** Why a request's access token is refused. */
export class BearerError extends Error {
  constructor(readonly problem: BearerProblem) {
    super(typeof problem === "string" ? problem : `a token of ${problem.found}`);
  }
}

/** Checks the bearer tokens of one of Azure's own APIs. */
export type BearerCheck = (authorization: string | undefined) => Promise<Principal>;

/** @param audiences the accepted audiences; a slash at the end makes no difference */
export function bearerCheck(
  keys: SigningKeys,
  tenantId: string,
  clock: Clock,
  audiences: () => readonly string[],
): BearerCheck {
  return async (authorization) => {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) throw new BearerError("missing");
    const payload = await verified(token, keys, clock);
    if (payload.tid !== tenantId)
      throw new BearerError({ found: issuerOf(String(payload.tid)), expected: issuerOf(tenantId) });
    const given = String(payload.aud).replace(/\/$/, "");
    if (!audiences().some((audience) => audience.replace(/\/$/, "") === given)) throw new BearerError("audience");
    return {
      objectId: String(payload.oid),
      appId: String(payload.appid ?? payload.azp),
      issuer: String(payload.iss),
      roles: Array.isArray(payload.roles) ? payload.roles.map(String) : [],
    };
  };
}

async function verified(token: string, keys: SigningKeys, clock: Clock): Promise<JWTPayload> {
  try {
    const options = { algorithms: ["RS256"], currentDate: new Date(clock()), clockTolerance: 300 };
    return (await jwtVerify(token, keys.verificationKey, options)).payload;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "ERR_JWT_EXPIRED") throw new BearerError("expired");
    const isUnsigned = code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" || code === "ERR_JWKS_NO_MATCHING_KEY";
    throw new BearerError(isUnsigned ? "signature" : "malformed");
  }
}
