import { type BodyRow, type Names, role, scopeId } from "./bodyRows";

const ownerAt = (id: string | undefined) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`;

const owners = ({ servicePrincipals }: Names) => ({ "owners@odata.bind": [ownerAt(servicePrincipals)] });

const claim = { name: "email", source: "user", essential: true, additionalProperties: ["use_guid"] };

const application = ({ appId = "", tenant = "", certificate }: Names) => ({
  "@odata.type": "#microsoft.graph.application",
  api: {
    acceptMappedClaims: true,
    knownClientApplications: [appId],
    oauth2PermissionScopes: [
      {
        ...{ adminConsentDescription: "read", adminConsentDisplayName: "read", id: scopeId, isEnabled: true },
        ...{
          type: "User",
          origin: "Application",
          userConsentDescription: "read",
          userConsentDisplayName: "read",
          value: "Orders.ReadAsUser",
        },
      },
    ],
    preAuthorizedApplications: [{ appId, delegatedPermissionIds: [scopeId] }],
    requestedAccessTokenVersion: 2,
  },
  appRoles: [
    {
      ...{ allowedMemberTypes: ["Application"], description: "read", displayName: "read", id: role },
      ...{ isEnabled: true, origin: "Application", value: "Orders.Read" },
    },
  ],
  description: "orders",
  displayName: "orders",
  groupMembershipClaims: "SecurityGroup",
  identifierUris: [`api://${tenant}/orders`],
  info: {
    ...{ marketingUrl: "https://shop.test/a", privacyStatementUrl: "https://shop.test/b" },
    ...{ supportUrl: "https://shop.test/c", termsOfServiceUrl: "https://shop.test/d" },
  },
  isDeviceOnlyAuthSupported: false,
  isFallbackPublicClient: true,
  keyCredentials: [
    {
      ...{
        displayName: "key",
        customKeyIdentifier: "ABCD",
        key: certificate,
        keyId: scopeId,
        type: "AsymmetricX509Cert",
        usage: "Verify",
      },
      ...{ startDateTime: "2026-01-01T00:00:00Z", endDateTime: "2027-01-01T00:00:00Z" },
    },
  ],
  notes: "notes",
  oauth2RequirePostResponse: true,
  optionalClaims: {
    accessToken: [claim],
    idToken: [claim],
    saml2Token: [claim],
  },
  publicClient: { redirectUris: ["https://shop.test/public"] },
  requiredResourceAccess: [{ resourceAppId: appId, resourceAccess: [{ id: role, type: "Role" }] }],
  serviceManagementReference: "reference",
  signInAudience: "AzureADMultipleOrgs",
  spa: { redirectUris: ["https://shop.test/spa"] },
  tags: ["shop"],
  uniqueName: "orders",
  web: {
    homePageUrl: "https://shop.test",
    implicitGrantSettings: { enableAccessTokenIssuance: true, enableIdTokenIssuance: true },
    logoutUrl: "https://shop.test/out",
    redirectUris: ["https://shop.test/web"],
    redirectUriSettings: [{ uri: "https://shop.test/web", index: 1 }],
  },
});

const servicePrincipal = (appId: string | undefined) => ({
  "@odata.type": "#microsoft.graph.servicePrincipal",
  ...{ accountEnabled: true, alternativeNames: ["orders"], appId, appRoleAssignmentRequired: true },
  ...{
    description: "orders",
    loginUrl: "https://shop.test",
    notes: "notes",
    notificationEmailAddresses: ["a@shop.test"],
  },
  preferredSingleSignOnMode: "saml",
  samlSingleSignOnSettings: { relayState: "state" },
  tags: ["shop"],
});

const credential = {
  "@odata.type": "#microsoft.graph.federatedIdentityCredential",
  audiences: ["api://AzureADTokenExchange"],
  description: "trust",
  issuer: "https://token.actions.githubusercontent.com",
};
const flexible = { value: "claims['sub'] matches 'repo:shop/*'", languageVersion: 1 };

const password = {
  passwordCredential: {
    ...{ displayName: "password", startDateTime: "2026-01-01T00:00:00Z", endDateTime: "2099-01-01T00:00:00Z" },
  },
};

/** Applications, service principals, their credentials, owners and assignments. */
export const applicationBodies: readonly BodyRow[] = [
  [/^POST .*\/applications$/, (names) => ({ ...application(names), ...owners(names) })],
  [/^PATCH .*\/applications\/\{id\}$/, ({ applications, ...names }) => ({ id: applications, ...application(names) })],
  [/\/addPassword$/, () => password],
  [/\/applications\/\{id\}\/removePassword$/, ({ key }) => ({ keyId: key })],
  [/\/servicePrincipals\/\{id\}\/removePassword$/, ({ principalKey }) => ({ keyId: principalKey })],
  [/\/owners\/\$ref$/, ({ servicePrincipals }) => ({ "@odata.id": ownerAt(servicePrincipals) })],
  [/^POST \/v1\.0\/.*\/federatedIdentityCredentials$/, () => ({ ...credential, name: "another", subject: "subject" })],
  [
    /^PATCH \/v1\.0\/.*\/federatedIdentityCredentials\/\{credential\}$/,
    ({ credential: id }) => ({ ...credential, id, name: "credential", subject: "subject" }),
  ],
  [
    /^POST \/beta\/.*\/federatedIdentityCredentials$/,
    () => ({ ...credential, name: "another", subject: null, claimsMatchingExpression: flexible }),
  ],
  [
    /^PATCH \/beta\/.*\/federatedIdentityCredentials\/\{credential\}$/,
    ({ credential: id }) => ({
      ...credential,
      id,
      name: "credential",
      subject: null,
      claimsMatchingExpression: flexible,
    }),
  ],
  [/^POST .*\/servicePrincipals$/, (names) => ({ ...servicePrincipal(names.freeAppId), ...owners(names) })],
  [/^PATCH .*\/servicePrincipals\/\{id\}$/, ({ appId }) => servicePrincipal(appId)],
  [
    /\/appRoleAssignedTo$/,
    ({ servicePrincipals, deployer, noRole }) => ({
      "@odata.type": "#microsoft.graph.appRoleAssignment",
      principalId: deployer,
      resourceId: servicePrincipals,
      appRoleId: noRole,
    }),
  ],
  [
    /\/appRoleAssignments$/,
    ({ servicePrincipals, deployer, noRole }) => ({
      "@odata.type": "#microsoft.graph.appRoleAssignment",
      principalId: servicePrincipals,
      resourceId: deployer,
      appRoleId: noRole,
    }),
  ],
];
