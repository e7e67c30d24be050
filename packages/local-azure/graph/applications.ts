import { randomUUID, X509Certificate } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Directory } from "../directory";
import { type Application, type AppRole, isoSeconds, type KeyCredential } from "../directoryObjects";
import type { Tenant } from "../tenant";
import * as bodies from "./bodies";
import { entityTypes } from "./entityTypes";
import { federatedCredentialRoutes } from "./federatedCredentials";
import type { GraphContext } from "./graphContext";
import { badRequest, notFound } from "./graphError";
import { checkCreatorQuota, checkRequiredAccess } from "./limits";
import type { Row } from "./odata/entityType";
import { isUpsert, keyOf } from "./odata/keys";
import { candidates, type Expansions, page, selected, sendCount } from "./odata/page";
import { queryOf } from "./odata/query";
import { ownerRoutes, shownOwners } from "./owners";
import { passwordRoutes } from "./passwords";
import { permit } from "./permissions";
import { checkNewKeys, checkNewPassword, checkServiceReference } from "./policyChecks";
import { keptDefaults, shownApplication } from "./shownApplication";

type Body = z.output<typeof bodies.application>;
type ById = { Params: { id: string } };

export function applicationRoutes(app: FastifyInstance, graph: GraphContext): void {
  const { tenant, base, caller, directory, ordered } = graph;
  /** As the replica shows it that answers. */
  const see = (request: FastifyRequest<ById>): Application => {
    const found = applicationNamed(directory(request), request.params.id);
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
  const type = entityTypes.application;
  const listed = (request: FastifyRequest) =>
    candidates(ordered(directory(request).applications()), queryOf(request)).map((each) =>
      shownApplication(tenant, each),
    );
  /** What `$expand` can add. */
  const expansions = (request: FastifyRequest): Expansions<Row & { readonly id: string }> => ({
    owners: ({ id }) => shownOwners(tenant, directory(request), directory(request).application(id)?.owners ?? []),
    federatedIdentityCredentials: ({ id }) =>
      (directory(request).application(id)?.federatedIdentityCredentials ?? []).map((record) => ({ ...record })),
  });

  const create = (request: FastifyRequest, body: Body): Row => {
    const by = caller(request);
    permit.create(by);
    if (body.displayName === undefined)
      throw badRequest("A value is required for property 'displayName' of resource 'Application'.");
    checkCreatorQuota(tenant, by);
    checkServiceReference(tenant, "Create", body.serviceManagementReference);
    const bound = (body["owners@odata.bind"] ?? []).map((address) => address.split("/").pop() ?? "");
    const application = tenant.addApplication(body.displayName, [by.objectId, ...bound], (created) =>
      change(tenant, created, withDefaults(body)),
    );
    tenant.quota.created(application.id, by.objectId);
    return { "@odata.context": context("/$entity"), ...shownApplication(tenant, application) };
  };

  app.post("/v1.0/applications", async (request, reply) =>
    reply.code(201).send(create(request, bodies.parse(bodies.application, request.body, "Application"))),
  );

  app.get("/:version(^v1\\.0$|^beta$)/applications", async (request) => {
    permit.read(caller(request));
    const address = `${base()}/v1.0/applications`;
    return page(context(""), address, type, listed(request), queryOf(request), expansions(request));
  });

  app.get("/v1.0/applications/$count", async (request, reply) => {
    permit.read(caller(request));
    return sendCount(request, reply, type, listed(request));
  });

  app.get<ById>("/:version(^v1\\.0$|^beta$)/applications/:id", async (request) => {
    permit.read(caller(request));
    const row = shownApplication(tenant, see(request));
    return { "@odata.context": context("/$entity"), ...selected(type, row, queryOf(request), expansions(request)) };
  });

  app.patch<ById>("/v1.0/applications/:id", async (request, reply) => {
    const uniqueName = keyOf(request.params.id, "uniqueName");
    if (uniqueName !== undefined && isUpsert(request) && !isTaken(tenant, uniqueName)) {
      const body = bodies.parse(bodies.application, request.body, "Application");
      return reply.code(201).send(create(request, { ...body, uniqueName }));
    }
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

  passwordRoutes(
    app,
    "applications",
    find,
    (application, given) => checkNewPassword(tenant, application, given),
    graph,
  );
  ownerRoutes(app, "applications", { see, find, changing: (application) => tenant.changing(application) }, graph);
  federatedCredentialRoutes(app, { see, find }, graph);
}

/** By object id, or by one of the alternate keys. */
function applicationNamed(
  from: Pick<Directory, "application" | "applicationOf" | "applications">,
  given: string,
): Application | undefined {
  const [appId, uniqueName] = [keyOf(given, "appId"), keyOf(given, "uniqueName")];
  if (appId !== undefined) return from.applicationOf(appId);
  if (uniqueName !== undefined)
    return from.applications().find(({ properties }) => properties.uniqueName === uniqueName);
  return from.application(given.toLowerCase());
}

const isTaken = ({ applications }: Tenant, uniqueName: unknown): boolean =>
  [...applications.values()].some(({ properties }) => properties.uniqueName === uniqueName);

/** An application that does not say whom it is for is for everybody, and then its tokens are of version 2. */
function withDefaults(body: Body): Body {
  const { signInAudience = "AzureADandPersonalMicrosoftAccount", api } = body;
  const isForPersons = signInAudience.includes("Personal");
  const version = api?.requestedAccessTokenVersion ?? (isForPersons ? 2 : null);
  return { ...body, signInAudience, api: { ...api, requestedAccessTokenVersion: version } };
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
  if (body.uniqueName !== undefined) application.properties.uniqueName = body.uniqueName;
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
