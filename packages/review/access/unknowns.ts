import {
  type EvaluatedResource,
  isUnknown,
  nameOf,
  unknownValue,
  whyUnknown,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import { typeOf } from "../resourceType";
import { isSettings } from "../settings";
import type { Party } from "./directory";

/** An unknown value that access depends on. */
export interface UnknownAccess {
  /** The name of the resource. */
  readonly resource: string;
  readonly property: string;
  /** For example `is encrypted`. */
  readonly why: string;
}

/** Collects unknown values, so that none is silently ignored. */
export class Unknowns {
  private readonly found = new Map<string, UnknownAccess>();

  add({ urn }: EvaluatedResource, property: string, value: unknown): void {
    const why = isUnknown(value) ? whyUnknown(value) : "is not given";
    this.found.set(`${urn} ${property}`, { resource: nameOf(urn), property, why });
  }

  addParty(resource: EvaluatedResource, property: string, party: Party): void {
    if (party.unknown !== undefined) this.add(resource, property, resource.properties[property]);
  }

  /** Records a list that is unknown as a whole. Its elements are checked where references are resolved. */
  addList(resource: EvaluatedResource, property: string): void {
    const value = resource.properties[property];
    if (isUnknown(value)) this.add(resource, property, value);
  }

  /** The properties that rules check themselves. */
  addJudged(resource: EvaluatedResource): void {
    const properties = isSettings(resource) ? Object.keys(resource.properties) : (judged[typeOf(resource)] ?? []);
    for (const property of properties) {
      const value = resource.properties[property];
      for (const [path, unknown] of unknownsIn(value, property))
        if (!isReference(path)) this.add(resource, path, unknown);
    }
    for (const property of lists[typeOf(resource)] ?? []) this.addShape(resource, property);
  }

  /** A value that is not a list would count as an empty list. A list that is unknown as a whole is checked where references are resolved. */
  private addShape(resource: EvaluatedResource, path: string): void {
    const value = path
      .split(".")
      .reduce<unknown>(
        (within, key) => (within as Record<string, unknown> | null | undefined)?.[key],
        resource.properties,
      );
    if (value !== undefined && value !== null && !Array.isArray(value) && !isUnknown(value))
      this.add(resource, path, unknownValue("is not a list"));
  }

  get all(): readonly UnknownAccess[] {
    return [...this.found.values()];
  }
}

/** The unknown parts of a value, by path. */
export function unknownsIn(value: unknown, path: string): [string, unknown][] {
  if (isUnknown(value)) return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => unknownsIn(each, `${path}.${key}`));
}

/** Ids that are resolved elsewhere, by the resources that they will come from. */
const isReference = (path: string): boolean =>
  /\.(objectId|principalId)$|^appRoles\.\d+\.id$|^requiredResourceAccesses\.\d+\.(resourceAppId|resourceAccesses\.\d+\.id)$|^owners\.\d+$/.test(
    path,
  );

/** By type, the lists that access is read from. */
const lists: Readonly<Record<string, readonly string[]>> = {
  "azuread:Application": ["appRoles", "requiredResourceAccesses", "owners", "api.oauth2PermissionScopes"],
  "azuread:ApplicationApiAccess": ["roleIds", "scopeIds"],
  "azuread:ApplicationAppRole": ["allowedMemberTypes"],
  "azuread:Group": ["owners", "members"],
  "azuread:GroupWithoutMembers": ["owners"],
  "azuread:ServicePrincipal": ["owners"],
  "azuread:ServicePrincipalDelegatedPermissionGrant": ["claimValues"],
  "azure-native:keyvault:Vault": ["properties.accessPolicies"],
};

/** By type, the properties that decide about access. References to other resources are checked where they are resolved. */
const judged: Readonly<Record<string, readonly string[]>> = {
  "azuread:Application": [
    "displayName",
    "signInAudience",
    "api",
    "appRoles",
    "requiredResourceAccesses",
    "password",
    "identifierUris",
    "fallbackPublicClientEnabled",
  ],
  "azuread:ApplicationRegistration": ["displayName", "signInAudience", "requestedAccessTokenVersion"],
  "azuread:ServicePrincipal": ["appRoleAssignmentRequired", "useExisting"],
  "azuread:ApplicationAppRole": ["value", "allowedMemberTypes"],
  "azuread:ApplicationPassword": ["endDate"],
  "azuread:ServicePrincipalPassword": ["endDate"],
  "azuread:ApplicationCertificate": ["endDate"],
  "azuread:ServicePrincipalCertificate": ["endDate"],
  "azuread:ApplicationFederatedIdentityCredential": ["issuer", "audiences"],
  "azuread:ApplicationFlexibleFederatedIdentityCredential": ["issuer", "audience", "claimsMatchingExpression"],
  "azuread:ServicePrincipalDelegatedPermissionGrant": ["claimValues"],
  "azuread:DirectoryRoleAssignment": ["directoryScopeId", "appScopeId"],
  "azure-native:managedidentity:FederatedIdentityCredential": ["issuer", "audiences", "subject"],
  "azure-native:keyvault:Vault": ["properties"],
  "azure-native:keyvault:AccessPolicy": ["policy"],
  "azure-native:authorization:RoleDefinition": ["permissions", "assignableScopes"],
};
