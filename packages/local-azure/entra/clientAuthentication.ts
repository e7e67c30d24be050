import { createHash, type KeyObject, type X509Certificate } from "node:crypto";
import { firstParty } from "@microservice-identities/well-known/clouds";
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";
import { claimsMatch, parseClaimsExpression } from "../claimsMatchingExpression";
import type { Application, FederatedIdentityCredential, ServicePrincipal } from "../directoryObjects";
import type { Tenant } from "../tenant";
import type { ClientAuthentication } from "./accessToken";
import { refuse } from "./entraError";
import type { ExternalIssuers } from "./externalIssuers";
import type { SigningKeys } from "./signingKey";
import { tenantNames } from "./tenantNames";

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The credentials in a client's request. */
export interface PresentedCredential {
  readonly client_secret?: string;
  readonly client_assertion?: string;
  readonly client_assertion_type?: string;
}

/** Both can have client secrets. */
export interface Client {
  readonly application: ClientApplication;
  readonly principal: ServicePrincipal;
}

/** The registered credentials of a client: an application, or a managed identity, which has only federated identity credentials. */
export type ClientApplication = Pick<Application, "appId" | "passwordCredentials" | "keyCredentials"> & {
  readonly federatedIdentityCredentials: readonly Pick<
    FederatedIdentityCredential,
    "issuer" | "subject" | "audiences" | "claimsMatchingExpression"
  >[];
};

/** The keys whose signatures are accepted. */
export interface KnownKeys {
  readonly signingKeys: SigningKeys;
  readonly issuers: ExternalIssuers;
}

/** @throws EntraError */
export async function authenticateClient(
  tenant: Tenant,
  authority: string,
  keys: KnownKeys,
  { application, principal }: Client,
  presented: PresentedCredential,
): Promise<ClientAuthentication> {
  if (presented.client_assertion !== undefined) {
    if (presented.client_assertion_type === undefined) throw refuse.missingParameter("client_assertion_type");
    if (presented.client_assertion_type !== jwtBearer) {
      throw refuse.malformedAssertion(
        `client_assertion_type '${presented.client_assertion_type}' is not '${jwtBearer}'`,
      );
    }
    const { iss } = claimsOf(presented.client_assertion);
    // An assertion that the client itself issued must be signed with its certificate. Any other needs a federated identity credential.
    if (iss === application.appId) {
      await checkCertificateAssertion(tenant, authority, application, presented.client_assertion);
      return "certificate";
    }
    await checkFederatedAssertion(tenant, authority, keys, application, presented.client_assertion);
    return "federation";
  }
  if (presented.client_secret === undefined) throw refuse.noCredential();
  const secrets = [...application.passwordCredentials, ...principal.passwordCredentials];
  const verdict = tenant.clientSecrets.check(secrets, presented.client_secret);
  if (verdict === "wrong") throw refuse.wrongSecret(application.appId);
  if (verdict === "expired") throw refuse.expiredSecret(application.appId);
  return "secret";
}

/** https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
async function checkCertificateAssertion(
  tenant: Tenant,
  authority: string,
  application: ClientApplication,
  assertion: string,
): Promise<void> {
  const header = decodeProtectedHeader(assertion);
  const named = application.keyCredentials.find(({ certificate }) => isNamed(certificate, header));
  if (!named) throw refuse.unsignedAssertion();
  const now = tenant.now.getTime();
  if (now < Date.parse(named.startDateTime) || now >= Date.parse(named.endDateTime)) throw refuse.untimelyAssertion();
  const bases = tenantNames(tenant.id).map((name) => `${authority}/${name}`);
  const audiences = ["/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "", "/"];
  await verifyAssertion(assertion, named.certificate.publicKey, {
    algorithms: ["RS256", "PS256"],
    audience: bases.flatMap((base) => audiences.map((audience) => `${base}${audience}`)),
    subject: application.appId,
    currentDate: tenant.now,
  });
}

/**
 * Entra first looks for the matching federated identity credential (issuer, audience, subject), and only
 * then fetches the issuer's keys. Of its own tokens, it accepts those of managed identities that were not obtained by federation.
 */
async function checkFederatedAssertion(
  tenant: Tenant,
  authority: string,
  { signingKeys, issuers }: KnownKeys,
  application: ClientApplication,
  assertion: string,
): Promise<void> {
  const claims = claimsOf(assertion);
  const { iss = "", sub = "", aud } = claims;
  const audiences = [aud ?? []]
    .flat()
    .map((value) => (value === firstParty.tokenExchange ? tenant.cloud.tokenExchange : value));
  const records = application.federatedIdentityCredentials;
  const ofIssuer = records.filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0) throw refuse.foreignAssertion("issuer", iss);
  const ofSubject = ofIssuer.filter(({ subject, claimsMatchingExpression: expression }) =>
    expression ? claimsMatch(parseClaimsExpression(expression.value) ?? [], claims) : subject === sub,
  );
  if (ofSubject.length === 0) throw refuse.foreignAssertion("subject", sub);
  if (!ofSubject.some((record) => record.audiences.some((audience) => audiences.includes(audience)))) {
    throw refuse.foreignAssertion("audience", audiences.join(" "));
  }
  const options = { algorithms: ["RS256"], currentDate: tenant.now };
  if (iss !== `${authority}/${tenant.id}/v2.0`) return verifyAssertion(assertion, await issuers.keysOf(iss), options);
  await verifyAssertion(assertion, signingKeys.verificationKey, options);
  const { oid, uti } = claimsOf(assertion);
  if (tenant.servicePrincipals.get(String(oid))?.servicePrincipalType !== "ManagedIdentity")
    throw refuse.entrasOwnAssertion();
  if (tenant.federatedTokens.has(String(uti))) throw refuse.federatedTwice();
}

async function verifyAssertion(
  assertion: string,
  key: KeyObject | CryptoKey | JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<void> {
  try {
    const getKey: JWTVerifyGetKey = typeof key === "function" ? key : () => key;
    await jwtVerify(assertion, getKey, { requiredClaims: ["exp"], clockTolerance: 300, ...options });
  } catch (error) {
    const { code, claim } = error as { code?: string; claim?: string };
    if (code === "ERR_JWT_EXPIRED" || claim === "nbf") throw refuse.untimelyAssertion();
    if (claim !== undefined) throw refuse.malformedAssertion(`its '${claim}' is not the expected one`);
    throw refuse.unsignedAssertion();
  }
}

/**
 * Clients name their certificate by `x5t#S256`, `x5t` or `kid` (HashiCorp's SDK: the azuread provider), in base64 (MSAL for
 * Go) or base64url, with or without padding.
 */
function isNamed(certificate: X509Certificate, header: ProtectedHeaderParameters): boolean {
  const sha1 = thumbprint(certificate, "sha1");
  const named = [header.x5t, header.kid].some((given) => base64url(given) === sha1);
  return named || base64url(header["x5t#S256"]) === thumbprint(certificate, "sha256");
}

const base64url = (given: unknown): string =>
  typeof given === "string" ? given.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") : "";

const thumbprint = (certificate: X509Certificate, hash: "sha1" | "sha256"): string =>
  createHash(hash).update(certificate.raw).digest("base64url");

function claimsOf(assertion: string): JWTPayload {
  try {
    decodeProtectedHeader(assertion);
    return decodeJwt(assertion);
  } catch (error) {
    throw refuse.malformedAssertion((error as Error).message);
  }
}
