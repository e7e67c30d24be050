import { randomUUID, X509Certificate } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { type Application, type AppRole, isoSeconds, type KeyCredential } from "../directoryObjects";
import type { Tenant } from "../tenant";
import * as bodies from "./bodies";
import { federatedCredentialRoutes } from "./federatedCredentials";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { checkCreatorQuota, checkRequiredAccess } from "./limits";
import { candidates, page, queryOf, select } from "./odata";
import { ownerRoutes } from "./owners";
import { permit } from "./permissions";
import { checkNewKeys, checkNewPassword, checkServiceReference } from "./policyChecks";
import { keptDefaults, shownApplication } from "./shownApplication";

type Body = z.output<typeof bodies.application>;
type ById = { Params: { id: string } };

export function applicationRoutes(app: FastifyInstance, graph: GraphContext): void {
  const { tenant, base, caller, directory, ordered } = graph;
  /** As the replica shows it that answers. */
  const see = (request: FastifyRequest<ById>): Application => {
    const found = directory(request).application(request.params.id.toLowerCase());
    if (!found) throw notFound(request.params.id);
    return found;
  };
  /** What a write changes: a replica that does not have it refuses the write. */
  const find = (request: FastifyRequest<ById>): Application => {
    const found = tenant.applications.get(see(request).id);
    if (!found) throw notFound(request.params.id);
    return found;
  };
  const context = (suffix: string) => `${base()}/v1.0/$metadata#applications${suffix}`;

  app.post("/v1.0/applications", async (request, reply) => {
    const by = caller(request);
    permit.create(by);
    const body = bodies.parse(bodies.application, request.body, "Application");
    if (body.displayName === undefined)
      throw badRequest("A value is required for property 'displayName' of resource 'Application'.");
    checkCreatorQuota(tenant, by);
    checkServiceReference(tenant, "Create", body.serviceManagementReference);
    const bound = (body["owners@odata.bind"] ?? []).map((address) => address.split("/").pop() ?? "");
    const application = tenant.addApplication(body.displayName, [by.objectId, ...bound], (created) =>
      change(tenant, created, body),
    );
    tenant.quota.created(application.id, by.objectId);
    return reply.code(201).send({ "@odata.context": context("/$entity"), ...shownApplication(tenant, application) });
  });

  app.get("/:version(^v1\\.0$|^beta$)/applications", async (request) => {
    permit.read(caller(request));
    const query = queryOf(request.query);
    const rows = candidates(ordered(directory(request).applications()), query).map((each) =>
      shownApplication(tenant, each),
    );
    return page(context(""), `${base()}/v1.0/applications`, rows, query);
  });

  app.get<ById>("/:version(^v1\\.0$|^beta$)/applications/:id", async (request) => {
    permit.read(caller(request));
    const { $select } = queryOf(request.query);
    return { "@odata.context": context("/$entity"), ...select(shownApplication(tenant, see(request)), $select) };
  });

  app.patch<ById>("/v1.0/applications/:id", async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const body = bodies.parse(bodies.application, request.body, "Application");
    if (body.id !== undefined && body.id !== application.id)
      throw badRequest("Property 'id' is read-only and cannot be set.");
    const { serviceManagementReference = application.properties.serviceManagementReference } = body;
    checkServiceReference(tenant, "Update", serviceManagementReference);
    change(tenant, application, body, () => tenant.changing(application));
    return reply.code(204).send();
  });

  app.delete<ById>("/v1.0/applications/:id", async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    tenant.removeApplication(application);
    return reply.code(204).send();
  });

  app.post<ById>("/v1.0/applications/:id/addPassword", async (request) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const { passwordCredential } = bodies.parse(bodies.addPassword, request.body ?? {}, "PasswordCredential");
    if (
      passwordCredential?.endDateTime !== undefined &&
      Date.parse(passwordCredential.endDateTime) <= tenant.now.getTime()
    ) {
      throw badRequest(
        "Invalid value specified for property 'endDateTime' of resource 'PasswordCredential': it has passed.",
      );
    }
    checkNewPassword(tenant, application, passwordCredential ?? {});
    const { credential, secretText } = tenant.addPassword(application, passwordCredential ?? {});
    return {
      "@odata.context": `${base()}/v1.0/$metadata#microsoft.graph.passwordCredential`,
      ...credential,
      secretText,
    };
  });

  app.post<ById>("/v1.0/applications/:id/removePassword", async (request, reply) => {
    const application = find(request);
    permit.manage(caller(request), application.owners);
    const { keyId } = bodies.parse(bodies.removePassword, request.body, "PasswordCredential");
    if (!tenant.removePassword(application, keyId))
      throw badRequest(`No password credential found with keyId ${keyId}.`);
    return reply.code(204).send();
  });

  ownerRoutes(app, "applications", { see, find, changing: (application) => tenant.changing(application) }, graph);
  federatedCredentialRoutes(app, { see, find }, graph);
}

/** Everything is checked before anything is changed: a refused PATCH leaves the application as it was. */
function change(tenant: Tenant, application: Application, body: Body, beforeChange: () => void = () => {}): void {
  const roles = body.appRoles && checkedRoles(application, body);
  const keys = body.keyCredentials?.map((credential) => keyCredential(tenant, application, credential));
  if (keys) checkNewKeys(tenant, application, keys);
  if (body.identifierUris) checkIdentifierUris(tenant, application, body.identifierUris);
  if (body.requiredResourceAccess) checkRequiredAccess(body.requiredResourceAccess);

  beforeChange();
  if (roles) tenant.setAppRoles(application, roles);
  if (keys) tenant.setKeyCredentials(application, keys);
  if (body.identifierUris) tenant.setIdentifierUris(application, body.identifierUris);
  if (body.displayName !== undefined) application.displayName = body.displayName;
  if (body.api?.requestedAccessTokenVersion !== undefined) {
    application.requestedAccessTokenVersion = body.api.requestedAccessTokenVersion;
  }
  if (body.optionalClaims !== undefined) {
    application.accessTokenClaims = (body.optionalClaims?.accessToken ?? []).map(({ name }) => name);
  }
  for (const name of Object.keys(keptDefaults) as (keyof typeof keptDefaults)[]) {
    if (body[name] !== undefined) application.properties[name] = merged(name, application, body[name]);
  }
  if (body.api) application.properties.api = { ...(application.properties.api as object), ...body.api };
}

/** A PATCH of a structured property changes the members that it names. Collections are replaced whole. */
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
    if (value !== null && !/^(?!\.)[\w!#$%&'()*+,\-./:;=?@[\]^`{|}~]{1,120}$/.test(value)) {
      throw badRequest(`Invalid value specified for property 'value' of resource 'AppRole': '${value}'.`);
    }
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
      displayName: given.displayName ?? null,
      startDateTime: given.startDateTime ?? isoSeconds(tenant.now),
      endDateTime: given.endDateTime ?? isoSeconds(new Date(certificate.validTo)),
      certificate,
    };
  } catch (error) {
    throw badRequest(`Key credential ${keyId} is invalid: ${(error as Error).message}.`, "KeyCredentialsInvalid");
  }
}
