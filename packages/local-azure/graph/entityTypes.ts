import type { EntityType } from "./odata/entityType";
import { shownApplication } from "./shownApplication";
import { shownPrincipal } from "./shownPrincipal";

const object = {
  id: "",
  appId: "",
  createdDateTime: "",
  displayName: "",
  properties: {},
  appRoles: [],
  identifierUris: [],
  owners: new Set<string>(),
};
const application = {
  ...object,
  properties: { oauth2RequirePostResponse: false },
  requestedAccessTokenVersion: null,
  accessTokenClaims: [],
  passwordCredentials: [],
  keyCredentials: [],
  federatedIdentityCredentials: [],
};
const principal = {
  ...object,
  servicePrincipalType: "Application" as const,
  accountEnabled: true,
  appRoleAssignmentRequired: false,
  passwordCredentials: [],
};
const nobody = { id: "", applicationOf: () => undefined, appRolesOf: () => [], namesOf: () => [] };

/** The properties of each served list that queries can use. */
export const entityTypes = {
  directoryObject: { name: "directoryObject", properties: ["id", "deletedDateTime"] },
  unifiedRoleAssignment: {
    name: "unifiedRoleAssignment",
    properties: ["id", "principalId", "roleDefinitionId", "directoryScopeId"],
  },
  unifiedRoleEligibilitySchedule: {
    name: "unifiedRoleEligibilitySchedule",
    properties: [
      ...["id", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId", "createdUsing"],
      ...["createdDateTime", "modifiedDateTime", "status", "memberType", "scheduleInfo"],
    ],
  },
  group: {
    name: "group",
    properties: [
      ...["id", "createdDateTime", "deletedDateTime", "description", "displayName", "groupTypes"],
      ...["isAssignableToRole", "mailEnabled", "securityEnabled"],
    ],
  },
  unifiedRoleDefinition: {
    name: "unifiedRoleDefinition",
    properties: [
      ...["id", "displayName", "description", "isBuiltIn", "isEnabled", "resourceScopes", "rolePermissions"],
      ...["templateId", "version"],
    ],
  },
  permissionGrantPolicy: {
    name: "permissionGrantPolicy",
    properties: ["id", "displayName", "description", "deletedDateTime", "includes", "excludes"],
  },
  permissionGrantConditionSet: {
    name: "permissionGrantConditionSet",
    properties: [
      ...["id", "permissionType", "permissionClassification", "permissions", "resourceApplication"],
      ...["clientApplicationIds", "clientApplicationTenantIds", "clientApplicationPublisherIds"],
      "clientApplicationsFromVerifiedPublisherOnly",
    ],
  },
  conditionalAccessPolicy: {
    name: "conditionalAccessPolicy",
    properties: [
      ...["id", "createdDateTime", "modifiedDateTime", "displayName", "state"],
      ...["conditions", "grantControls", "sessionControls"],
    ],
  },
  namedLocation: {
    name: "namedLocation",
    properties: ["id", "createdDateTime", "modifiedDateTime", "displayName", "isTrusted", "ipRanges"],
  },
  appManagementPolicy: {
    name: "appManagementPolicy",
    properties: ["id", "displayName", "description", "isEnabled", "restrictions"],
  },
  application: { name: "application", properties: Object.keys(shownApplication(nobody, application)) },
  servicePrincipal: {
    name: "servicePrincipal",
    properties: Object.keys(shownPrincipal(nobody, nobody, principal)),
    guids: ["appOwnerOrganizationId"],
  },
  appRoleAssignment: {
    name: "appRoleAssignment",
    properties: [
      "id",
      "deletedDateTime",
      "appRoleId",
      "createdDateTime",
      "principalDisplayName",
      "principalId",
      "principalType",
      "resourceDisplayName",
      "resourceId",
    ],
    guids: ["appRoleId", "principalId", "resourceId"],
  },
  signIn: {
    name: "signIn",
    properties: [
      "id",
      "createdDateTime",
      "appId",
      "appDisplayName",
      "servicePrincipalId",
      "servicePrincipalName",
      "resourceId",
      "resourceDisplayName",
      "resourceServicePrincipalId",
      "uniqueTokenIdentifier",
      "signInEventTypes",
      "isInteractive",
      "ipAddress",
      "status",
    ],
  },
  oAuth2PermissionGrant: {
    name: "oAuth2PermissionGrant",
    properties: ["id", "clientId", "consentType", "principalId", "resourceId", "scope"],
  },
  federatedIdentityCredential: {
    name: "federatedIdentityCredential",
    properties: ["id", "name", "issuer", "subject", "audiences", "description", "claimsMatchingExpression"],
  },
} as const satisfies Record<string, EntityType>;
