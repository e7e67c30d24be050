import { microsoftTenantId } from "@microservice-identities/well-known/clouds";
import type { ServicePrincipal } from "../directoryObjects";
import type { Tenant } from "../tenant";

/** Properties that Graph keeps and gives back as they came, with its defaults. */
export const keptDefaults = {
  alternativeNames: [],
  description: null,
  loginUrl: null,
  notes: null,
  notificationEmailAddresses: [],
  preferredSingleSignOnMode: null,
  samlSingleSignOnSettings: null,
  tags: [],
};

/** @param seen where its application and roles are read */
export function shownPrincipal(
  tenant: Pick<Tenant, "id" | "namesOf">,
  seen: Pick<Tenant, "applicationOf" | "appRolesOf">,
  principal: ServicePrincipal,
): { readonly id: string } & Record<string, unknown> {
  const application = seen.applicationOf(principal.appId);
  return {
    id: principal.id,
    deletedDateTime: null,
    accountEnabled: principal.accountEnabled,
    appDescription: application?.properties.description ?? null,
    appDisplayName: application?.displayName ?? principal.displayName,
    appId: principal.appId,
    applicationTemplateId: null,
    appOwnerOrganizationId: principal.foreign ? microsoftTenantId : tenant.id,
    appRoleAssignmentRequired: principal.appRoleAssignmentRequired,
    createdDateTime: principal.createdDateTime,
    disabledByMicrosoftStatus: null,
    displayName: application?.displayName ?? principal.displayName,
    homepage: null,
    logoutUrl: null,
    replyUrls: [],
    samlMetadataUrl: null,
    servicePrincipalNames: tenant.namesOf(principal),
    servicePrincipalType: principal.servicePrincipalType,
    signInAudience: principal.servicePrincipalType === "ManagedIdentity" ? null : "AzureADMyOrg",
    ...keptDefaults,
    ...principal.properties,
    addIns: [],
    appRoles: seen.appRolesOf(principal).map((role) => ({ ...role, origin: "Application" })),
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: [],
    oauth2PermissionScopes: [],
    passwordCredentials: principal.passwordCredentials,
    resourceSpecificApplicationPermissions: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  };
}
