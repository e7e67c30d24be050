import type { StateResource } from "@microservice-identities/engine/deployment/stack";

/** The properties that show who holds which role. Others are left out: an application's outputs also contain its passwords. */
const kept: Readonly<Record<string, readonly string[]>> = {
  "azuread:index/application:Application": ["displayName", "clientId", "objectId", "appRoles"],
  "azuread:index/servicePrincipal:ServicePrincipal": ["clientId", "objectId"],
  "azuread:index/applicationApiAccess:ApplicationApiAccess": ["applicationId", "apiClientId", "roleIds"],
  "azuread:index/appRoleAssignment:AppRoleAssignment": ["principalObjectId", "resourceObjectId", "appRoleId"],
};

/** The registrations and grants of a stack, in the form of `pulumi stack export`. */
export function grantState(resources: readonly StateResource[]): object {
  const rows = resources.flatMap(({ urn, type, id, outputs, created }) => {
    const names = kept[type];
    if (!names) return [];
    const shown = Object.fromEntries(names.map((name) => [name, outputs[name]]));
    return [{ urn, type, id, custom: true, outputs: shown, ...(created === undefined ? {} : { created }) }];
  });
  return { version: 3, deployment: { resources: rows } };
}
