import {
  createRemoteJWKSet,
  customFetch,
  decodeProtectedHeader,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";

export interface GuardOptions {
  /** The Entra tenant whose tokens are taken: a GUID. */
  readonly tenantId: string;
  /** The application (client) id of the API: the audience of its tokens. */
  readonly clientId: string;
  /** Where tokens come from. Default `https://login.microsoftonline.com`. */
  readonly authority?: string;
  /** How far the clocks may be apart, in seconds. Default 60. */
  readonly clockTolerance?: number;
  /** For how long the signing keys are kept, in seconds. Default 600. */
  readonly keysMaxAge?: number;
  /** How long after a look at the signing keys an unknown one makes it look again, in seconds. Default 30. */
  readonly keysCooldown?: number;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: () => number;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

/** Who calls, as its token proves. */
export interface CallingService {
  /** The application (client) id of the caller. */
  readonly clientId: string;
  /** The object id of the caller's service principal. */
  readonly objectId: string;
  /** The app roles that it holds. */
  readonly roles: readonly string[];
}

/** An answer that a guard gives: what may be said of it to anybody. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string };
}

/** A request that a guard lets through, or does not. */
export type Judgement =
  | { readonly caller: CallingService; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly reason: string };

/** Entra's tokens have about 2 kB; a thousand app roles would make some 40. */
const longestToken = 64 * 1024;

/** https://www.rfc-editor.org/rfc/rfc6750#section-3 */
const refusals = {
  missing: { status: 401, headers: { "www-authenticate": "Bearer" }, body: { error: "unauthorized" } },
  invalid: {
    status: 401,
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    body: { error: "invalid_token" },
  },
  role: {
    status: 403,
    headers: { "www-authenticate": 'Bearer error="insufficient_scope"' },
    body: { error: "insufficient_scope" },
  },
  keys: { status: 503, headers: { "retry-after": "5" }, body: { error: "temporarily_unavailable" } },
} as const satisfies Record<string, Refusal>;

/**
 * Guards an API of the landscape: lets a request through whose token was issued by the tenant, for this API, to an
 * application that holds the app role.
 * https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
 */
export class Guard {
  private readonly issuer: string;
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  private readonly tenantId: string;
  private readonly clientId: string;

  constructor(private readonly options: GuardOptions) {
    // As Entra writes them: what is compared with its tokens.
    [this.tenantId, this.clientId] = [options.tenantId.toLowerCase(), options.clientId.toLowerCase()];
    const { authority = "https://login.microsoftonline.com", keysMaxAge = 600, keysCooldown = 30 } = options;
    const { tenantId } = this;
    // Both are fixed by the platform: a discovery would let whoever answers it choose them.
    this.issuer = `${authority}/${tenantId}/v2.0`;
    this.keys = createRemoteJWKSet(new URL(`${authority}/${tenantId}/discovery/v2.0/keys`), {
      cacheMaxAge: keysMaxAge * 1000,
      // However many tokens name a key that nobody knows, the keys are fetched once in this time.
      cooldownDuration: keysCooldown * 1000,
      ...(options.fetch ? { [customFetch]: options.fetch } : {}),
    });
  }

  /**
   * @param authorization the request's header
   * @param role the app role that is needed
   * @returns who calls, or what to answer; the reason is for a log, and repeats nothing of the token
   */
  async judge(authorization: string | undefined, role: string): Promise<Judgement> {
    if (authorization === undefined) return { refusal: refusals.missing, reason: "no token" };
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) return { refusal: refusals.invalid, reason: "no bearer token of three parts" };
    if (token.length > longestToken) return { refusal: refusals.invalid, reason: "the token is too long" };
    let caller: CallingService;
    try {
      caller = await this.callerOf(token);
    } catch (error) {
      const { code = "", message } = error as { code?: string; message: string };
      if (!(error instanceof Untrusted) && isKeysTrouble(code))
        return { refusal: refusals.keys, reason: "the signing keys cannot be had" };
      return { refusal: refusals.invalid, reason: error instanceof Untrusted ? message : code };
    }
    return caller.roles.includes(role)
      ? { caller }
      : { refusal: refusals.role, reason: `the app role ${role} is missing` };
  }

  private async callerOf(token: string): Promise<CallingService> {
    const [header = "", claims = ""] = token.split(".");
    const { typ, kid } = headerOf(token);
    if (typ !== "JWT") throw new Untrusted("the header's typ is not JWT");
    if (typeof kid !== "string") throw new Untrusted("the header names no key");
    const { payload } = await jwtVerify(token, this.keys, {
      algorithms: ["RS256"],
      issuer: this.issuer,
      audience: this.clientId,
      clockTolerance: this.options.clockTolerance ?? 60,
      currentDate: new Date((this.options.clock ?? Date.now)()),
      requiredClaims: ["exp", "nbf", "iat", "tid", "ver", "azp", "oid"],
    });
    // A signature says who wrote a token, not that every reader reads the same of it.
    if (hasRepeatedName(textOf(header)) || hasRepeatedName(textOf(claims))) throw new Untrusted("a claim is repeated");
    return this.applicationIn(payload);
  }

  private applicationIn(payload: JWTPayload): CallingService {
    const { tid, ver, azp, oid, sub, scp, idtyp, roles, aud } = payload;
    if (typeof aud !== "string") throw new Untrusted("there are several audiences");
    if (tid !== this.tenantId) throw new Untrusted("tid is another tenant");
    if (ver !== "2.0") throw new Untrusted("ver is not 2.0");
    if (typeof azp !== "string" || typeof oid !== "string") throw new Untrusted("azp or oid is no text");
    // A user's token says for what the user stands behind it; an application's has nobody behind it.
    if (scp !== undefined || (idtyp !== undefined && idtyp !== "app")) throw new Untrusted("it is a user's token");
    if (sub !== oid) throw new Untrusted("it is a user's token");
    const isList = Array.isArray(roles) && roles.every((role) => typeof role === "string");
    if (roles !== undefined && !isList) throw new Untrusted("roles is no list of texts");
    return { clientId: azp, objectId: oid, roles: (roles as string[] | undefined) ?? [] };
  }
}

/** Signed as it should be, and still not a token for this. */
class Untrusted extends Error {}

/** The token cannot be judged; that it is wrong has not been seen. */
const isKeysTrouble = (code: string): boolean =>
  ["ERR_JWKS_TIMEOUT", "ERR_JOSE_GENERIC", "ECONNREFUSED", "UND_ERR_SOCKET"].includes(code) || code === "";

function headerOf(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw new Untrusted("the header cannot be read");
  }
}

const textOf = (part: string): string => Buffer.from(part, "base64url").toString();

/** Whether a JSON object has a name twice, at its top: readers differ in which of the two they take. */
function hasRepeatedName(json: string): boolean {
  const names = new Set<unknown>();
  let depth = 0;
  const isFollowedByColon = /\s*:/y;
  for (const { 0: piece, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (piece === "{" || piece === "[") depth++;
    else if (piece === "}" || piece === "]") depth--;
    else if (depth === 1) {
      isFollowedByColon.lastIndex = index + piece.length;
      if (!isFollowedByColon.test(json)) continue;
      const name: unknown = JSON.parse(piece);
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
