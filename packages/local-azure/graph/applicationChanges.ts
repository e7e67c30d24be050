import { randomUUID, X509Certificate } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { type Application, type AppRole, isoSeconds, type KeyCredential } from "../directoryObjects";
import type { Tenant } from "../tenant";
import { type application as applicationBody, claimValue } from "./bodies";
import { badRequest } from "./graphError";
import { checkRequiredAccess } from "./limits";
import { checkNewIdentifierUris, checkNewKeys } from "./policyChecks";
import { keptDefaults } from "./shownApplication";

/** The body of POST and PATCH of an application. */
export type ApplicationBody = z.output<typeof applicationBody>;
type Body = ApplicationBody;

/**
 * Without an audience, an application is of one tenant; until April 2024 it was for all accounts. Tokens of an application for
 * personal accounts are of version 2. https://learn.microsoft.com/graph/whats-new-overview#april-2024-new-and-generally-available
 */
export function withDefaults(body: Body): Body {
  const { signInAudience = "AzureADMyOrg", api } = body;
  const isForPersons = signInAudience.includes("Personal");
  const version = api?.requestedAccessTokenVersion ?? (isForPersons ? 2 : null);
  return { ...body, signInAudience, api: { ...api, requestedAccessTokenVersion: version } };
}

/** Everything is checked before anything is changed: a refused PATCH leaves the application as it was. */
export function changeApplication(
  tenant: Tenant,
  application: Application,
  body: Body,
  beforeChange: () => void = () => {},
): void {
  const roles = body.appRoles && checkedRoles(application, body);
  const keys = body.keyCredentials?.map((credential) => keyCredential(tenant, application, credential));
  if (keys) checkNewKeys(tenant, application, keys);
  if (body.identifierUris) {
    checkIdentifierUris(tenant, application, body.identifierUris);
    const { requestedAccessTokenVersion: version = application.requestedAccessTokenVersion } = body.api ?? {};
    checkNewIdentifierUris(tenant, application, body.identifierUris, version);
  }
  checkPreAuthorized(application, body);
  if (body.requiredResourceAccess) checkRequiredAccess(body.requiredResourceAccess);

  beforeChange();
  if (roles) tenant.setAppRoles(application, roles);
  if (keys) tenant.setKeyCredentials(application, keys);
  if (body.identifierUris) tenant.setIdentifierUris(application, body.identifierUris);
  if (body.displayName !== undefined) {
    application.displayName = body.displayName;
    const principal = tenant.servicePrincipalOf(application.appId);
    if (principal) principal.displayName = body.displayName;
  }
  if (body.api?.requestedAccessTokenVersion !== undefined) {
    application.requestedAccessTokenVersion = body.api.requestedAccessTokenVersion;
  }
  if (body.optionalClaims !== undefined) {
    application.accessTokenClaims = (body.optionalClaims?.accessToken ?? []).map(({ name }) => name);
  }
  for (const name of Object.keys(keptDefaults) as (keyof typeof keptDefaults)[]) {
    if (body[name] !== undefined) application.properties[name] = merged(name, application, body[name]);
  }
  if (body.uniqueName !== undefined) application.properties.uniqueName = body.uniqueName;
  if (body.api) application.properties.api = { ...(application.properties.api as object), ...body.api };
}

/** A PATCH of a structured property changes only the given members, and replaces a collection as a whole. */
function merged(name: keyof typeof keptDefaults, application: Application, value: unknown): unknown {
  const mergeable = ["info", "publicClient", "spa", "web"].includes(name);
  if (!mergeable || value === null) return value;
  return { ...keptDefaults[name as "web"], ...(application.properties[name] as object), ...(value as object) };
}

function checkedRoles(application: Application, body: Body): AppRole[] {
  const roles = (body.appRoles ?? []).map(({ "@odata.type": _, origin: __, ...role }) => role);
  const scopes =
    body.api?.oauth2PermissionScopes ?? (application.properties.api as Body["api"])?.oauth2PermissionScopes ?? [];
  const values = [...roles, ...scopes].flatMap(({ value }) => value ?? []);
  for (const { value } of roles) {
    if (value !== null && !claimValue.test(value))
      throw badRequest(`Invalid value specified for property 'value' of resource 'AppRole': '${value}'.`);
  }
  if (new Set(values).size < values.length || new Set(roles.map(({ id }) => id)).size < roles.length) {
    throw badRequest(
      "Property api.oauth2PermissionScopes.value or appRoles.value has a duplicate: it contains duplicate value.",
    );
  }
  for (const before of application.appRoles.filter(({ isEnabled }) => isEnabled)) {
    const after = roles.find(({ id }) => id === before.id);
    if (after && isDeepStrictEqual({ ...after, isEnabled: true }, before)) continue;
    throw badRequest(
      "Property value cannot be deleted or updated unless it is disabled first.",
      "CannotDeleteOrUpdateEnabledEntitlement",
    );
  }
  return roles;
}

/** @throws GraphError for a pre-authorized permission that the application does not have */
function checkPreAuthorized(application: Application, { api }: Body): void {
  const { oauth2PermissionScopes: scopes = [], preAuthorizedApplications: clients = [] } = {
    ...(application.properties.api as Body["api"]),
    ...api,
  };
  const unknown = clients
    .flatMap(({ delegatedPermissionIds }) => delegatedPermissionIds)
    .find((id) => !scopes.some((scope) => scope.id === id));
  if (unknown !== undefined)
    throw badRequest(
      `Property 'api.preAuthorizedApplications' names the permission '${unknown}', which 'api.oauth2PermissionScopes' does not have.`,
    );
}

/** https://learn.microsoft.com/entra/identity-platform/identifier-uri-restrictions */
function checkIdentifierUris(tenant: Tenant, application: Application, uris: readonly string[]): void {
  for (const uri of uris) {
    if (!new RegExp(`^api://([^/]+/)*(${application.appId}|${tenant.id})(/|$)`, "i").test(uri)) {
      throw badRequest(
        `Values of identifierUris property must use a verified domain of the organization or its subdomain: '${uri}'.`,
        "HostNameNotOnVerifiedDomain",
      );
    }
    const holder = tenant.holderOf(uri);
    if (holder && holder !== application) {
      throw badRequest("Another object with the same value for property identifierUris already exists.");
    }
  }
}

/** `CN=orders, O=Shop`: Node writes each part on a line, from the last one to the first. */
const subjectOf = ({ subject }: X509Certificate): string | null => subject?.split("\n").reverse().join(", ") ?? null;

function keyCredential(
  tenant: Tenant,
  application: Application,
  given: NonNullable<Body["keyCredentials"]>[number],
): KeyCredential {
  const { keyId = randomUUID() } = given;
  const known = application.keyCredentials.find((credential) => credential.keyId === keyId);
  if (known && (given.key === undefined || given.key === null)) return known;
  try {
    const text = Buffer.from(given.key ?? "", "base64");
    const certificate = new X509Certificate(text);
    return {
      keyId,
      // As recorded, a certificate without a name of its own gets that of its subject.
      displayName: given.displayName ?? subjectOf(certificate),
      ...(given.customKeyIdentifier ? { customKeyIdentifier: given.customKeyIdentifier } : {}),
      startDateTime: given.startDateTime ?? isoSeconds(tenant.now),
      endDateTime: given.endDateTime ?? isoSeconds(new Date(certificate.validTo)),
      certificate,
    };
  } catch (error) {
    throw badRequest(
      `Key credential ${keyId} is invalid, see its property 'key': ${(error as Error).message}.`,
      "KeyCredentialsInvalid",
    );
  }
}
