import type { ResourceType } from "../resourceType";
import { apiAccess } from "./apiAccess";
import { application } from "./application";
import { appRoleAssignment } from "./appRoleAssignment";
import { applicationCertificate, applicationPassword, federatedIdentityCredential } from "./credentials";
import { customDirectoryRole, directoryRoleAssignment } from "./directoryRoles";
import { identifierUri } from "./identifierUri";
import { servicePrincipal } from "./servicePrincipal";

const types: Record<string, ResourceType> = {
  "azuread:index/application:Application": application,
  "azuread:index/servicePrincipal:ServicePrincipal": servicePrincipal,
  "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri": identifierUri,
  "azuread:index/applicationApiAccess:ApplicationApiAccess": apiAccess,
  "azuread:index/appRoleAssignment:AppRoleAssignment": appRoleAssignment,
  "azuread:index/applicationPassword:ApplicationPassword": applicationPassword,
  "azuread:index/applicationCertificate:ApplicationCertificate": applicationCertificate,
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential":
    federatedIdentityCredential,
  "azuread:index/customDirectoryRole:CustomDirectoryRole": customDirectoryRole,
  "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment": directoryRoleAssignment,
};

/** The resources of the azuread provider that this engine supports, by type. */
export const azureadTypes: Record<string, ResourceType> = Object.fromEntries(
  Object.entries(types).map(([type, resource]) => [type, { ...resource, recordsFailedUpdates: true }]),
);
