import type { Application } from "../directoryObjects";
import { initialDomain } from "../entra/tenantNames";
import type { Tenant } from "../tenant";

/** Properties that Graph stores and returns unchanged, with their defaults. */
export const keptDefaults = {
  description: null,
  groupMembershipClaims: null,
  info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
  isDeviceOnlyAuthSupported: null,
  isFallbackPublicClient: null,
  notes: null,
  oauth2RequirePostResponse: false,
  optionalClaims: null,
  publicClient: { redirectUris: [] },
  requiredResourceAccess: [],
  serviceManagementReference: null,
  signInAudience: "AzureADMyOrg",
  spa: { redirectUris: [] },
  tags: [],
  web: {
    homePageUrl: null,
    logoutUrl: null,
    redirectUris: [],
    redirectUriSettings: [],
    implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
  },
};

/** An application as Graph shows it. */
export function shownApplication(
  tenant: Pick<Tenant, "id">,
  application: Application,
): { readonly id: string } & Record<string, unknown> {
  const { api, ...properties } = application.properties;
  // Graph v1.0 does not return this property of an application that does not set it.
  const { oauth2RequirePostResponse: _, ...defaults } = keptDefaults;
  return {
    id: application.id,
    deletedDateTime: null,
    appId: application.appId,
    applicationTemplateId: null,
    certification: null,
    createdByAppId: null,
    defaultRedirectUri: null,
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: "Allow" },
    createdDateTime: application.createdDateTime,
    disabledByMicrosoftStatus: null,
    displayName: application.displayName,
    isDisabled: null,
    nativeAuthenticationApisEnabled: null,
    publisherDomain: initialDomain(tenant.id),
    requestSignatureVerification: null,
    samlMetadataUrl: null,
    servicePrincipalLockConfiguration: null,
    tokenEncryptionKeyId: null,
    uniqueName: null,
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    addIns: [],
    ...defaults,
    ...properties,
    api: {
      acceptMappedClaims: null,
      knownClientApplications: [],
      oauth2PermissionScopes: [],
      preAuthorizedApplications: [],
      ...(api as object),
      requestedAccessTokenVersion: application.requestedAccessTokenVersion,
    },
    appRoles: application.appRoles.map((role) => ({ ...role, origin: "Application" })),
    identifierUris: application.identifierUris,
    passwordCredentials: application.passwordCredentials,
    keyCredentials: application.keyCredentials.map(({ certificate, ...credential }) => ({
      customKeyIdentifier: certificate.fingerprint.replaceAll(":", ""),
      ...credential,
      key: null,
      type: "AsymmetricX509Cert",
      usage: "Verify",
    })),
  };
}
