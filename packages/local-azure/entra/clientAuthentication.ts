import { createHash, type KeyObject, type X509Certificate } from "node:crypto";
import { firstParty, publicCloud } from "@microservice-identities/well-known/clouds";
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { Application } from "../directoryObjects";
import type { Tenant } from "../tenant";
import type { ClientAuthentication } from "./accessToken";
import { refuse } from "./entraError";
import type { SigningKeys } from "./signingKey";

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** What a client showed to prove who it is. */
export interface PresentedCredential {
  readonly client_secret?: string;
  readonly client_assertion?: string;
  readonly client_assertion_type?: string;
}

/** @throws Refusal */
export async function authenticateClient(
  tenant: Tenant,
  authority: string,
  keys: SigningKeys,
  application: Application,
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
    // A client that signs for itself has a certificate; whoever else signs must be a federated identity.
    if (iss === application.appId)
      await checkCertificateAssertion(tenant, authority, application, presented.client_assertion);
    else await checkFederatedAssertion(tenant, authority, keys, application, presented.client_assertion);
    return "2";
  }
  if (presented.client_secret === undefined) throw refuse.noCredential();
  const verdict = tenant.checkSecret(application, presented.client_secret);
  if (verdict === "wrong") throw refuse.wrongSecret(application.appId);
  if (verdict === "expired") throw refuse.expiredSecret(application.appId);
  return "1";
}

/** https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
async function checkCertificateAssertion(
  tenant: Tenant,
  authority: string,
  application: Application,
  assertion: string,
): Promise<void> {
  const header = decodeProtectedHeader(assertion);
  const named = application.keyCredentials.find(
    ({ certificate }) =>
      thumbprint(certificate, "sha256") === header["x5t#S256"] || thumbprint(certificate, "sha1") === header.x5t,
  );
  if (!named) throw refuse.unsignedAssertion();
  const now = tenant.now.getTime();
  if (now < Date.parse(named.startDateTime) || now >= Date.parse(named.endDateTime)) throw refuse.untimelyAssertion();
  const base = `${authority}/${tenant.id}`;
  await verifyAssertion(assertion, named.certificate.publicKey, {
    algorithms: ["RS256", "PS256"],
    audience: [`${base}/oauth2/v2.0/token`, `${base}/v2.0`, base],
    subject: application.appId,
    currentDate: tenant.now,
  });
}

/**
 * Entra first looks for the federated identity credential that the assertion claims to match, case by case, and only
 * then fetches the issuer's keys. The one issuer whose keys are here is this tenant, which signs managed identities'
 * tokens.
 */
async function checkFederatedAssertion(
  tenant: Tenant,
  authority: string,
  keys: SigningKeys,
  application: Application,
  assertion: string,
): Promise<void> {
  const { iss = "", sub = "", aud } = claimsOf(assertion);
  const audiences = [aud ?? []]
    .flat()
    .map((value) => (value === firstParty.tokenExchange ? publicCloud.tokenExchange : value));
  const records = application.federatedIdentityCredentials;
  const ofIssuer = records.filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0) throw refuse.foreignAssertion("issuer", iss);
  const ofSubject = ofIssuer.filter(({ subject }) => subject === sub);
  if (ofSubject.length === 0) throw refuse.foreignAssertion("subject", sub);
  if (!ofSubject.some((record) => record.audiences.some((audience) => audiences.includes(audience)))) {
    throw refuse.foreignAssertion("audience", audiences.join(" "));
  }
  if (iss !== `${authority}/${tenant.id}/v2.0`) {
    throw refuse.malformedAssertion(
      `the local Azure has no keys of issuer '${iss}', only of ${authority}/${tenant.id}/v2.0`,
    );
  }
  await verifyAssertion(assertion, keys.verificationKey, { algorithms: ["RS256"], currentDate: tenant.now });
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
