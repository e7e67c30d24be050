import { kindOf, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { AdoptionError, type Finder, type Json, type Search } from "./finder";

/** What Microsoft Graph knows, by type. */
export const entraFinders = {
  async ApplicationRegistration(search, wanted, resource) {
    const service = nameOf(resource.parent);
    const clientId = search.applications[service];
    const filter = clientId ? `appId eq '${clientId}'` : `displayName eq '${wanted.displayName}'`;
    const matches = await search.tenant.list(`applications?$filter=${encodeURIComponent(filter)}`);
    if (clientId && matches.length === 0)
      throw new AdoptionError(`--application ${service}=${clientId}: there is no application with this client id`);
    if (matches.length > 1) {
      const ids = matches.map(({ appId }) => appId).join(", ");
      throw new AdoptionError(
        `there are ${matches.length} applications called ${wanted.displayName}: ${ids}; choose one by --application ${service}=<client id>`,
      );
    }
    const [application] = matches;
    if (!application) return undefined;
    const { api = {}, displayName, description = null, signInAudience } = application as Json & { api?: Json };
    const id = `/applications/${application.id}`;
    search.foundApplications.set(id, application);
    const { requestedAccessTokenVersion = null } = api as Json;
    const secrets = (application.passwordCredentials as Json[] | undefined) ?? [];
    const roles = search.wanted
      .filter((each) => kindOf(each) === "ApplicationAppRole" && each.parent === resource.parent)
      .map(({ properties }) => properties.value);
    const others = ((application.appRoles as Json[] | undefined) ?? []).filter(({ value }) => !roles.includes(value));
    return {
      id,
      properties: { displayName, description, signInAudience, requestedAccessTokenVersion },
      learned: { clientId: application.appId, objectId: application.id },
      leftovers: [
        ...secrets.map(({ displayName: name, keyId }) => `${service}: the client secret ${name ?? keyId}`),
        ...others.map(({ value, displayName: name }) => `${service}: the app role ${value ?? name}`),
      ],
    };
  },

  async ServicePrincipal(search, wanted) {
    const filter = encodeURIComponent(`appId eq '${wanted.clientId}'`);
    const [principal] = await search.tenant.list(`servicePrincipals?$filter=${filter}`);
    if (!principal) return undefined;
    const owners = await search.tenant.list(`servicePrincipals/${principal.id}/owners`);
    return {
      id: `/servicePrincipals/${principal.id}`,
      properties: {
        appRoleAssignmentRequired: principal.appRoleAssignmentRequired,
        owners: owners.map(({ id }) => id).sort(),
      },
      learned: { objectId: principal.id },
    };
  },

  /** The id of an app role, as a value of the program's own. */
  async RandomUuid(search, _, resource) {
    const role = search.wanted.find(
      (each) => kindOf(each) === "ApplicationAppRole" && each.properties.roleId === resource.properties.result,
    );
    const existing = role && roleOf(search, search.ids.in(role.properties) as Json);
    return existing && { id: `${existing.id}`, learned: { result: existing.id } };
  },

  async ApplicationAppRole(search, wanted) {
    const role = roleOf(search, wanted);
    if (!role) return undefined;
    const { displayName, description, allowedMemberTypes } = role;
    return {
      id: `${wanted.applicationId}/appRoles/${role.id}`,
      properties: { displayName, description, allowedMemberTypes },
    };
  },

  async ApplicationIdentifierUri(search, wanted) {
    const { identifierUris = [] } = (search.foundApplications.get(`${wanted.applicationId}`) ?? {}) as {
      identifierUris?: string[];
    };
    if (!identifierUris.includes(`${wanted.identifierUri}`)) return undefined;
    const encoded = Buffer.from(`${wanted.identifierUri}`).toString("base64");
    return { id: `${wanted.applicationId}/identifierUris/${encoded}` };
  },

  async ApplicationApiAccess(search, wanted) {
    const { requiredResourceAccess = [] } = (search.foundApplications.get(`${wanted.applicationId}`) ?? {}) as {
      requiredResourceAccess?: { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[];
    };
    const access = requiredResourceAccess.find(({ resourceAppId }) => resourceAppId === wanted.apiClientId);
    if (!access) return undefined;
    const roleIds = access.resourceAccess.filter(({ type }) => type === "Role").map(({ id }) => id);
    const asWanted = new Set(wanted.roleIds as string[]);
    const isSame = roleIds.length === asWanted.size && roleIds.every((id) => asWanted.has(id));
    return {
      id: `${wanted.applicationId}/apiAccess/${wanted.apiClientId}`,
      properties: isSame ? {} : { roleIds },
    };
  },

  async AppRoleAssignment(search, wanted) {
    // An API that is not there yet has nobody assigned.
    if (!search.ids.exists(wanted.resourceObjectId) || !search.ids.exists(wanted.principalObjectId)) return undefined;
    const held = await search.tenant.list(`servicePrincipals/${wanted.principalObjectId}/appRoleAssignments`);
    const assignment = held.find(
      ({ resourceId, appRoleId }) => resourceId === wanted.resourceObjectId && appRoleId === wanted.appRoleId,
    );
    return assignment && { id: `/servicePrincipals/${wanted.resourceObjectId}/appRoleAssignedTo/${assignment.id}` };
  },

  async ApplicationFederatedIdentityCredential(search, wanted) {
    const application = search.foundApplications.get(`${wanted.applicationId}`);
    if (!application) return undefined;
    const credentials = await search.tenant.list(`applications/${application.id}/federatedIdentityCredentials`);
    const credential = credentials.find(({ name }) => name === wanted.displayName);
    if (!credential) return undefined;
    const { issuer, subject, audiences } = credential;
    return {
      id: `${application.id}/federatedIdentityCredential/${credential.id}`,
      properties: { issuer, subject, audiences },
    };
  },
} satisfies Readonly<Record<string, Finder>>;

function roleOf(search: Search, wanted: Json): Json | undefined {
  const roles = (search.foundApplications.get(`${wanted.applicationId}`)?.appRoles as Json[] | undefined) ?? [];
  return roles.find(({ value }) => value === wanted.value);
}
