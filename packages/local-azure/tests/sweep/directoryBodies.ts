import { type BodyRow, type Names, role, scheduleInfo, scopeId } from "./bodyRows";

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

/** The rest of Microsoft Graph. */
export const directoryBodies: readonly BodyRow[] = [
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
];
