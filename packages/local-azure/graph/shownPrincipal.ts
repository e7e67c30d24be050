import { microsoftTenantId } from "@microservice-identities/well-known/clouds";
import type { Application, ServicePrincipal } from "../directoryObjects";
import type { Tenant } from "../tenant";
import { keptDefaults as applicationDefaults } from "./shownApplication";

/** Properties that Graph stores and returns unchanged, with their defaults. */
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

/** The properties that a principal copies from its application: https://learn.microsoft.com/graph/api/resources/serviceprincipal */
interface OfApplication {
  readonly web?: { homePageUrl?: string | null; logoutUrl?: string | null; redirectUris?: readonly string[] };
  readonly spa?: { redirectUris?: readonly string[] };
  readonly publicClient?: { redirectUris?: readonly string[] };
  readonly api?: { oauth2PermissionScopes?: readonly object[] };
}

function audienceOf({ servicePrincipalType, foreign }: ServicePrincipal, application: Application | undefined) {
  if (servicePrincipalType === "ManagedIdentity") return null;
  // Microsoft's own APIs are available to every organisation.
  if (foreign) return "AzureADMultipleOrgs";
  return application?.properties.signInAudience ?? applicationDefaults.signInAudience;
}

/** @param seen the directory from which its application and roles are read */
export function shownPrincipal(
  tenant: Pick<Tenant, "id" | "namesOf">,
  seen: Pick<Tenant, "applicationOf" | "appRolesOf">,
  principal: ServicePrincipal,
): { readonly id: string } & Record<string, unknown> {
  const application = seen.applicationOf(principal.appId);
  const { web, spa, publicClient, api } = (application?.properties ?? {}) as OfApplication;
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
    createdByAppId: null,
    createdDateTime: principal.createdDateTime,
    disabledByMicrosoftStatus: null,
    displayName: application?.displayName ?? principal.displayName,
    isDisabled: null,
    homepage: web?.homePageUrl ?? null,
    logoutUrl: web?.logoutUrl ?? null,
    preferredTokenSigningKeyThumbprint: null,
    replyUrls: [web, spa, publicClient].flatMap((each) => each?.redirectUris ?? []),
    samlMetadataUrl: null,
    servicePrincipalNames: tenant.namesOf(principal),
    servicePrincipalType: principal.servicePrincipalType,
    signInAudience: audienceOf(principal, application),
    tokenEncryptionKeyId: null,
    ...keptDefaults,
    ...principal.properties,
    addIns: [],
    appRoles: seen.appRolesOf(principal).map((role) => ({ ...role, origin: "Application" })),
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: [],
    oauth2PermissionScopes: api?.oauth2PermissionScopes ?? [],
    passwordCredentials: principal.passwordCredentials,
    resourceSpecificApplicationPermissions: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  };
}
