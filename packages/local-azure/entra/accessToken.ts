import { randomBytes, randomInt } from "node:crypto";
import { firstParty } from "@microservice-identities/well-known/clouds";
import { SignJWT } from "jose";
import type { Directory } from "../directory";
import type { AppRoleAssignment, ServicePrincipal } from "../directoryObjects";
import type { Tenant } from "../tenant";
import { issuerOf } from "./issuer";
import type { SigningKeys } from "./signingKey";

/** How the client authenticated. */
export type ClientAuthentication = "secret" | "certificate" | "federation" | "managedIdentity";

export interface TokenRequest {
  readonly client: ServicePrincipal;
  readonly resource: ServicePrincipal;
  /** The API as the scope named it: the `aud` of a v1.0 token. */
  readonly resourceName: string;
  readonly authentication: ClientAuthentication;
}

export interface IssuedToken {
  readonly token: string;
  /** Its `uti`. */
  readonly identifier: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Seconds since 1970. */
  readonly expiresOn: number;
}

/** Managed identities' tokens live for a day; the others for 60 to 90 minutes, at random. */
const lifetimeOf = (client: ServicePrincipal): number =>
  client.servicePrincipalType === "ManagedIdentity" ? 86_400 : randomInt(3600, 5400);

/** An app-only access token. Its version follows the API's registration, not the endpoint. */
export async function issueAccessToken(
  tenant: Tenant,
  authority: string,
  keys: Pick<SigningKeys, "current">,
  directory: Directory,
  request: TokenRequest,
): Promise<IssuedToken> {
  const { client, resource } = request;
  const api = tenant.applicationOf(resource.appId);
  const v2 = api?.requestedAccessTokenVersion === 2 || resource.appId === firstParty.tokenExchange;
  const issuedAt = Math.floor(tenant.now.getTime() / 1000);
  const expiresIn = tenant.tokenLifetimeSeconds() ?? lifetimeOf(client);
  // Entra dates tokens five minutes back, for clocks that are behind.
  const start = issuedAt - 300;
  const proof = request.authentication === "secret" ? "1" : "2";
  const identifier = randomBytes(16).toString("base64url");
  const roles = rolesOf(directory, client, resource);
  const claims = {
    aud: v2 ? resource.appId : request.resourceName,
    iss: v2 ? `${authority}/${tenant.id}/v2.0` : issuerOf(tenant.id),
    iat: start,
    nbf: start,
    exp: issuedAt + expiresIn,
    ...(v2 ? { azp: client.appId, azpacr: proof } : { appid: client.appId, appidacr: proof }),
    // Microsoft's APIs always get this claim. Other APIs get it if their registration requests it as an optional claim.
    ...(!api || api.accessTokenClaims.includes("idtyp") ? { idtyp: "app" } : {}),
    oid: client.id,
    ...(roles.length > 0 ? { roles } : {}),
    sub: client.id,
    tid: tenant.id,
    uti: identifier,
    ver: v2 ? "2.0" : "1.0",
  };
  if (request.authentication === "federation") tenant.federatedTokens.add(identifier);
  const key = keys.current;
  const token = await new SignJWT(claims)
    .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: key.kid, ...(v2 ? {} : { x5t: key.kid }) })
    .sign(key.privateKey);
  return { token, identifier, expiresIn, expiresOn: issuedAt + expiresIn };
}

/** A client's assignments of an API. An assignment without a role counts, but adds no role to the token. */
export const assignmentsTo = (directory: Directory, client: ServicePrincipal, resource: ServicePrincipal) =>
  directory.assignmentsOf(client.id).filter(({ resourceId }: AppRoleAssignment) => resourceId === resource.id);

function rolesOf(directory: Directory, client: ServicePrincipal, resource: ServicePrincipal): string[] {
  const held = new Set(assignmentsTo(directory, client, resource).map(({ appRoleId }) => appRoleId));
  // A disabled role stays in tokens, because disabling does not revoke grants.
  return directory.appRolesOf(resource).flatMap((role) => (held.has(role.id) && role.value ? [role.value] : []));
}
