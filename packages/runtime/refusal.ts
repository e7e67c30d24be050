import { isAppRole } from "./appRole";

/**
 * Why a request was refused. These codes never change; a new release may add some.
 *
 * - `token_missing`: there is no `Authorization` header
 * - `token_malformed`: it is not `Bearer` followed by a three-part token, or the token cannot be read
 * - `token_expired`, `token_not_yet_valid`: by the clock of this machine
 * - `signature_invalid`: the signature is wrong, or the tenant does not use its algorithm
 * - `key_unknown`: the tenant does not publish the key that the token names
 * - `issuer_invalid`, `audience_invalid`: issued by a different tenant, or for a different API
 * - `not_an_application`: a user's token, or an ID token
 * - `claims_invalid`: a claim is missing, repeated or of the wrong type, or the token is bound to a key (`cnf`)
 * - `role_missing`: the token is valid, but does not contain the app role
 * - `role_not_declared`: the route declares no app role, and is not listed as open
 * - `keys_unavailable`: the signing keys are unavailable, so the token is neither valid nor invalid
 */
export type RefusalCode =
  | "token_missing"
  | "token_malformed"
  | "token_expired"
  | "token_not_yet_valid"
  | "signature_invalid"
  | "key_unknown"
  | "issuer_invalid"
  | "audience_invalid"
  | "not_an_application"
  | "claims_invalid"
  | "role_missing"
  | "role_not_declared"
  | "keys_unavailable";

/** The answer to a refused request. It contains only what anybody may know. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string };
}

/**
 * The answer for a code, with a challenge as in RFC 6750: https://www.rfc-editor.org/rfc/rfc6750#section-3
 *
 * @param realm the required audience: the API's client id
 * @param role the required app role, which the challenge contains as the scope
 */
export function refusalOf(code: RefusalCode, realm: string, role: string): Refusal {
  const challenge = (...parameters: readonly string[]) => ({
    "www-authenticate": `Bearer ${[`realm="${realm}"`, ...parameters].join(", ")}`,
  });
  switch (code) {
    case "token_missing":
      // No error code: nothing is wrong yet.
      return { status: 401, headers: challenge(), body: { error: "unauthorized" } };
    case "role_missing":
      return {
        status: 403,
        headers: challenge(
          'error="insufficient_scope"',
          `error_description="${roleMissing}"`,
          // Text from a request must not get into the answer.
          ...(isAppRole(role) ? [`scope="${role}"`] : []),
        ),
        body: { error: "insufficient_scope" },
      };
    case "role_not_declared":
      return { status: 403, headers: {}, body: { error: "forbidden" } };
    case "keys_unavailable":
      return { status: 503, headers: { "retry-after": "5" }, body: { error: "temporarily_unavailable" } };
    default:
      return { status: 401, headers: challenge('error="invalid_token"'), body: { error: "invalid_token" } };
  }
}

const roleMissing =
  "The token does not contain the app role. A token keeps the roles it was issued with, for up to 90 minutes: after a grant, request a new one";
