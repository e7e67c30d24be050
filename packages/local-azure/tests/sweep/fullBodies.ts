import type { Operation } from "../../parity/servedOperations";

type Names = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>>;

/**
 * A body with every member that an operation takes, for the sweep of members. An operation that takes no body has `undefined`.
 * A new operation needs a row.
 */
export function fullBody({ api, method, path }: Operation, names: Names, url: string): Body | undefined {
  const found = rows.find(([pattern]) => pattern.test(`${method} ${path}`));
  if (!found)
    throw new Error(`${method} ${path} has no row in fullBodies.ts: write a body with all members that it takes.`);
  const body = found[1]?.(names);
  const isResource = api === "Resource Manager" && method !== "POST" && !/\/accessPolicies\//.test(path);
  return body && isResource ? { ...ownMembers(url), ...body } : body;
}

/** The read-only members of a resource, as a client that read it sends them back. */
function ownMembers(url: string): Body {
  const [id = ""] = url.split("?");
  const [provider, ...rest] = id.split("/providers/").at(-1)?.split("/") ?? [];
  const type = [provider, ...rest.filter((_, index) => index % 2 === 0)].join("/");
  return {
    id,
    name: id.split("/").at(-1),
    type: id.includes("/providers/") ? type : "Microsoft.Resources/resourceGroups",
  };
}

const role = "2d2f6f8e-3f53-4f6e-a0a1-000000000001";
const scopeId = "2d2f6f8e-3f53-4f6e-a0a1-000000000002";
const tags = { team: "orders" };
const resource = (names: Names, path: string) => `/subscriptions/${names.subscription}/resourceGroups/rg${path}`;

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

const restriction = (restrictionType: string) => ({
  ...{ restrictionType, state: "enabled", maxLifetime: "P90D" },
  restrictForAppsCreatedAfterDateTime: "2026-01-01T00:00:00Z",
});
const managementPolicy = {
  isEnabled: true,
  applicationRestrictions: {
    passwordCredentials: [restriction("passwordLifetime")],
    keyCredentials: [restriction("asymmetricKeyLifetime")],
    identifierUris: {
      nonDefaultUriAddition: {
        ...{ state: "enabled", restrictForAppsCreatedAfterDateTime: "2026-01-01T00:00:00Z" },
        excludeAppsReceivingV2Tokens: true,
      },
    },
  },
};

const consentConditions = ({ appId = "", tenant = "" }: Names) => ({
  ...{
    permissionType: "application",
    permissionClassification: "all",
    permissions: [role],
    resourceApplication: appId,
  },
  ...{ clientApplicationIds: [appId], clientApplicationTenantIds: [tenant], clientApplicationPublisherIds: ["all"] },
  clientApplicationsFromVerifiedPublisherOnly: false,
});

const directoryRole = {
  ...{ displayName: "another role", description: "role", isEnabled: true, version: "1", templateId: scopeId },
  rolePermissions: [
    {
      condition: null,
      allowedResourceActions: ["microsoft.directory/servicePrincipals/managePermissionGrantsForAll.policy"],
    },
  ],
};

const conditionalAccess = ({ appId = "", servicePrincipals = "", deployer = "", namedLocations = "" }: Names) => ({
  ...{ displayName: "block", state: "enabled" },
  conditions: {
    clientAppTypes: ["all"],
    applications: { includeApplications: [appId], excludeApplications: [scopeId] },
    clientApplications: { includeServicePrincipals: [servicePrincipals], excludeServicePrincipals: [deployer] },
    users: { includeUsers: ["None"] },
    locations: { includeLocations: ["All"], excludeLocations: [namedLocations] },
  },
  grantControls: { operator: "OR", builtInControls: ["block"] },
});

const policyOf = ({ tenant = "", servicePrincipals = "", appId }: Names) => ({
  ...{ tenantId: tenant, objectId: servicePrincipals, applicationId: appId },
  permissions: { secrets: ["get"], keys: ["get"], certificates: ["get"], storage: ["get"] },
});

const vaultProperties = (names: Names) => ({
  tenantId: names.tenant,
  sku: { family: "A", name: "standard" },
  accessPolicies: [policyOf(names)],
  ...{ enabledForDeployment: true, enabledForDiskEncryption: true, enabledForTemplateDeployment: true },
  ...{ enablePurgeProtection: true, enableRbacAuthorization: false, enableSoftDelete: true },
  networkAcls: {
    ...{ bypass: "AzureServices", defaultAction: "Deny" },
    ipRules: [{ value: "203.0.113.7" }],
    virtualNetworkRules: [
      {
        id: resource(names, "/providers/Microsoft.Network/virtualNetworks/n/subnets/s"),
        ignoreMissingVnetServiceEndpoint: true,
      },
    ],
  },
  ...{ createMode: "default", provisioningState: "Succeeded", vaultUri: "https://vault.localhost:443/" },
  ...{ hsmPoolResourceId: null, privateEndpointConnections: [], publicNetworkAccess: "Enabled" },
  softDeleteRetentionInDays: 90,
});

const vaultPath = "/providers/Microsoft.KeyVault/vaults/vault";
const endpointPath = "/providers/Microsoft.Network/privateEndpoints/endpoint";
const workspace = "/providers/Microsoft.OperationalInsights/workspaces/w";
const actionGroup = "/providers/Microsoft.Insights/actionGroups/a";

const condition =
  "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))";

const roleAssignment = ({ subscription, servicePrincipals = "" }: Names) => ({
  properties: {
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`,
    ...{ principalId: servicePrincipals, principalType: "ServicePrincipal", description: "reads" },
    ...{ condition, conditionVersion: "2.0" },
  },
});

const roleDefinition = ({ subscription }: Names) => ({
  properties: {
    ...{ roleName: "a role", type: "CustomRole", description: "role", roleType: "CustomRole" },
    assignableScopes: [`/subscriptions/${subscription}`],
    permissions: [
      {
        actions: ["Microsoft.KeyVault/vaults/read"],
        notActions: ["Microsoft.KeyVault/vaults/write"],
        dataActions: ["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
        notDataActions: ["Microsoft.KeyVault/vaults/secrets/setSecret/action"],
      },
    ],
  },
});

const eligibility = ({ subscription, servicePrincipals = "" }: Names) => ({
  properties: {
    ...{ requestType: "AdminAssign", principalId: servicePrincipals, justification: "on call" },
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`,
    scheduleInfo: scheduleInfo("NoExpiration"),
  },
});

const scheduleInfo = (type: string) => ({
  ...{ startDateTime: "2026-01-01T00:00:00Z", recurrence: null },
  expiration: { type, endDateTime: null, duration: null },
});

const secretBody = {
  contentType: "text/plain",
  attributes: { enabled: true, exp: 4_102_444_800, nbf: 1_700_000_000 },
  tags,
};

const rows: readonly (readonly [pattern: RegExp, body?: (names: Names) => Body])[] = [
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
  [/\/getByIds$/, ({ applications }) => ({ ids: [applications], types: ["application"] })],
  [/\/deletedItems\/\{id\}\/restore$/],
  [/\/defaultAppManagementPolicy$/, () => managementPolicy],
  [
    /^POST .*\/oauth2PermissionGrants$/,
    ({ servicePrincipals, deployer }) => ({
      clientId: deployer,
      consentType: "AllPrincipals",
      principalId: null,
      resourceId: servicePrincipals,
      scope: "read",
    }),
  ],
  [/^PATCH .*\/oauth2PermissionGrants\/\{id\}$/, () => ({ scope: "write" })],
  [/\/directory\/roleDefinitions$/, () => directoryRole],
  [
    /\/directory\/roleDefinitions\/\{id\}$/,
    ({ roleDefinitions }) => ({ ...directoryRole, templateId: roleDefinitions }),
  ],
  [
    /\/directory\/roleAssignments$/,
    ({ deployer, roleDefinitions }) => ({
      principalId: deployer,
      roleDefinitionId: roleDefinitions,
      directoryScopeId: "/",
    }),
  ],
  [
    /\/directory\/roleEligibilityScheduleRequests$/,
    ({ servicePrincipals, roleDefinitions }) => ({
      action: "adminAssign",
      principalId: servicePrincipals,
      roleDefinitionId: roleDefinitions,
      directoryScopeId: "/",
      justification: "on call",
      scheduleInfo: scheduleInfo("noExpiration"),
    }),
  ],
  [/\/permissionGrantPolicies$/, () => ({ id: "another", displayName: "policy", description: "policy" })],
  [/\/(includes|excludes)$/, consentConditions],
  [/\/conditionalAccess\/policies$/, conditionalAccess],
  [
    /\/namedLocations$/,
    () => ({
      "@odata.type": "#microsoft.graph.ipNamedLocation",
      displayName: "office",
      isTrusted: true,
      ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "203.0.113.0/24" }],
    }),
  ],
  [
    /\/\$batch$/,
    ({ applications, credential: id }) => ({
      requests: [
        { id: "1", method: "GET", url: `/applications/${applications}` },
        {
          id: "2",
          method: "PATCH",
          url: `/applications/${applications}/federatedIdentityCredentials/${id}`,
          headers: { accept: "application/json" },
          body: { description: "batch" },
          dependsOn: ["1"],
        },
      ],
    }),
  ],
  [/\/register$/],
  [
    /^PUT .*\/resourceGroups\/\{group\}$/,
    () => ({ location: "westeurope", tags, managedBy: null, properties: { provisioningState: "Succeeded" } }),
  ],
  [/^PATCH .*\/resourceGroups\/\{group\}$/, () => ({ tags })],
  [/^PUT .*\/vaults\/\{vault\}$/, (names) => ({ location: "westeurope", tags, properties: vaultProperties(names) })],
  [/^PATCH .*\/vaults\/\{vault\}$/, (names) => ({ tags, properties: vaultProperties(names) })],
  [/\/checkNameAvailability$/, () => ({ name: "orders", type: "Microsoft.KeyVault/vaults" })],
  [/\/accessPolicies\/\{operation\}$/, (names) => ({ properties: { accessPolicies: [policyOf(names)] } })],
  [
    /^PUT .*\/vaults\/\{vault\}\/secrets\/\{secret\}$/,
    () => ({ tags, properties: { value: "value", contentType: "text/plain", attributes: secretBody.attributes } }),
  ],
  [/\/purge$/],
  [
    /^PUT .*\/userAssignedIdentities\/\{identity\}$/,
    (names) => ({
      location: "westeurope",
      tags,
      properties: {
        tenantId: names.tenant,
        principalId: names.identityPrincipal,
        clientId: names.identityClient,
        isolationScope: "None",
      },
    }),
  ],
  [
    /^PATCH .*\/userAssignedIdentities\/\{identity\}$/,
    (names) => ({
      location: "westeurope",
      tags,
      properties: {
        tenantId: names.tenant,
        principalId: names.identityPrincipal,
        clientId: names.identityClient,
        isolationScope: "None",
      },
    }),
  ],
  [
    /^PUT .*\/federatedIdentityCredentials\/\{credential\}$/,
    () => ({
      properties: { issuer: "https://issuer.test", subject: "subject", audiences: ["api://AzureADTokenExchange"] },
    }),
  ],
  [
    /\/privateEndpoints\/\{endpoint\}$/,
    (names) => ({
      location: "westeurope",
      tags,
      properties: {
        provisioningState: "Succeeded",
        subnet: {
          id: resource(names, "/providers/Microsoft.Network/virtualNetworks/n/subnets/s"),
          properties: { privateEndpointNetworkPolicies: "Disabled", privateLinkServiceNetworkPolicies: "Enabled" },
        },
        privateLinkServiceConnections: [
          {
            name: "vault",
            id: resource(names, `${endpointPath}/privateLinkServiceConnections/vault`),
            type: "Microsoft.Network/privateEndpoints/privateLinkServiceConnections",
            properties: { privateLinkServiceId: resource(names, vaultPath), groupIds: ["vault"] },
          },
        ],
      },
    }),
  ],
  [
    /\/privateDnsZoneGroups\/\{zones\}$/,
    (names) => ({
      properties: {
        provisioningState: "Succeeded",
        privateDnsZoneConfigs: [
          {
            name: "vault",
            properties: {
              privateDnsZoneId: resource(
                names,
                "/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net",
              ),
            },
          },
        ],
      },
    }),
  ],
  [
    /\/diagnosticSettings\/\{setting\}$/,
    (names) => ({
      properties: {
        workspaceId: resource(names, workspace),
        logs: [{ category: null, categoryGroup: "audit", enabled: true }],
        metrics: [{ category: "AllMetrics", categoryGroup: null, enabled: true }],
      },
    }),
  ],
  [
    /\/eventSubscriptions\/\{event\}$/,
    (names) => ({
      properties: {
        provisioningState: "Succeeded",
        eventDeliverySchema: "CloudEventSchemaV1_0",
        filter: { isSubjectCaseSensitive: false, includedEventTypes: ["Microsoft.KeyVault.SecretNearExpiry"] },
        destination: {
          endpointType: "MonitorAlert",
          properties: { severity: "Sev1", description: "alert", actionGroups: [resource(names, actionGroup)] },
        },
      },
    }),
  ],
  [
    /\/scheduledQueryRules\/\{rule\}$/,
    (names) => ({
      location: "westeurope",
      tags,
      kind: "LogAlert",
      properties: {
        displayName: "rule",
        description: "rule",
        severity: 1,
        enabled: true,
        scopes: [resource(names, workspace)],
        windowSize: "P1D",
        evaluationFrequency: "PT1H",
        criteria: {
          allOf: [
            {
              query: "AzureDiagnostics",
              timeAggregation: "Count",
              operator: "GreaterThan",
              threshold: 0,
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            },
          ],
        },
        autoMitigate: true,
        skipQueryValidation: true,
        actions: { actionGroups: [resource(names, actionGroup)] },
      },
    }),
  ],
  [/\/roleAssignments\/\{name\}$/, roleAssignment],
  [/\/roleDefinitions\/\{name\}$/, roleDefinition],
  [/\/roleEligibilityScheduleRequests\/\{name\}$/, eligibility],
  [/^PUT \/secrets\/\{name\}$/, () => ({ value: "value", ...secretBody })],
  [/^PATCH \/secrets\/\{name\}/, () => secretBody],
  [/\/(recover|backup)$/],
  [/\/secrets\/restore$/, ({ backup }) => ({ value: backup })],
];
