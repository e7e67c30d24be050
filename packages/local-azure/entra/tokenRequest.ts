import type { FastifyRequest } from "fastify";
import { refuse } from "./entraError";

export type TokenForm = Readonly<Record<string, string | undefined>>;

/** Parameters that request a different token: bound to a key, for another identity, or with other claims. */
const meaningful = ["req_cnf", "fmi_path", "requested_token_use", "client_claims"];

/**
 * The parameters of a request for a token, with those of Basic authentication. Entra reads only forms and ignores a
 * JSON body.
 *
 * @throws EntraError for a parameter that is given twice, or that the local Azure does not serve
 */
export function tokenForm(request: FastifyRequest): TokenForm {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "");
  const form: Record<string, string> = {};
  for (const [name, value] of Object.entries(isForm ? (request.body as Record<string, unknown>) : {})) {
    if (Array.isArray(value)) throw refuse.repeatedParameter(name);
    form[name] = String(value);
  }
  const unserved = meaningful.find((name) => form[name] !== undefined);
  if (unserved !== undefined) throw refuse.unservedParameter(unserved);
  if (form.claims && !isServed(form.claims)) throw refuse.unservedParameter("claims");
  if (form.token_type !== undefined && form.token_type.toLowerCase() !== "bearer")
    throw refuse.unservedParameter("token_type");
  const header = basic(request.headers.authorization);
  if (header.client_id !== undefined && (form.client_id ?? header.client_id) !== header.client_id)
    throw refuse.twoCredentials("the client ids in the header 'Authorization' and in 'client_id' differ");
  checkCredentials(form, header);
  return { ...header, ...form };
}

/** A client that presents two credentials would not learn which of them Entra checked. @throws EntraError */
function checkCredentials(
  { client_secret, client_assertion, client_assertion_type }: TokenForm,
  header: TokenForm,
): void {
  const given = Object.entries({
    "the header 'Authorization'": header.client_secret,
    "'client_secret'": client_secret,
    "'client_assertion'": client_assertion,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 1) throw refuse.twoCredentials(given.join(", "));
  if (client_assertion_type !== undefined && client_assertion === undefined)
    throw refuse.missingParameter("client_assertion");
}

/**
 * Clients request `xms_cc` to announce that they handle claims challenges, and `nbf` for a token that is newer than the refused
 * one, as each token is. MSAL also names claims of id tokens, which a client without a user does not get. Any other claim would
 * change the token.
 */
function isServed(claims: string): boolean {
  try {
    const { access_token: asked, id_token: _, ...others } = JSON.parse(claims);
    const names = Object.keys(asked ?? {});
    return Object.keys(others).length === 0 && names.every((name) => name === "xms_cc" || name === "nbf");
  } catch {
    return false;
  }
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function basic(authorization = ""): TokenForm {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return {};
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  if (id === undefined || secret === undefined) throw refuse.malformedBasic();
  const [client_id, client_secret] = [id, secret].map((part) => new URLSearchParams(`part=${part}`).get("part") ?? "");
  return { client_id, client_secret };
}

/** Scopes that MSAL for Go and Java always add. They matter only for users' tokens. */
const userScopes = ["openid", "profile", "email", "offline_access"];

/**
 * `api://{id}/.default` → `api://{id}`. An audience that ends in a slash keeps it: `https://…net//.default`.
 *
 * @throws EntraError for anything but the default scope of one API
 */
export function resourceOf(scope: string): string {
  const suffix = "/.default";
  const named = scope.split(/\s+/).filter((each) => each !== "" && !userScopes.includes(each.toLowerCase()));
  const [only = ""] = named;
  if (named.length !== 1 || !only.endsWith(suffix) || only.length === suffix.length) throw refuse.invalidScope(scope);
  return only.slice(0, -suffix.length);
}
