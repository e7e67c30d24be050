import {
  type EvaluatedResource,
  isUnknown,
  nameOf,
  whyUnknown,
} from "@microservice-identities/engine/evaluation/evaluatedResource";
import { typeOf } from "../resourceType";
import { isSettings } from "../settings";
import type { Party } from "./directory";

/** A value that access depends on and that cannot be told. */
export interface UnknownAccess {
  /** The name of the resource. */
  readonly resource: string;
  readonly property: string;
  /** As in `is encrypted`. */
  readonly why: string;
}

/** Collects what cannot be told, so that none of it is passed over. */
export class Unknowns {
  private readonly found = new Map<string, UnknownAccess>();

  add({ urn }: EvaluatedResource, property: string, value: unknown): void {
    const why = isUnknown(value) ? whyUnknown(value) : "is not given";
    this.found.set(`${urn} ${property}`, { resource: nameOf(urn), property, why });
  }

  addParty(resource: EvaluatedResource, property: string, party: Party): void {
    if (party.unknown !== undefined) this.add(resource, property, resource.properties[property]);
  }

  /** A list as a whole: what is in it is judged where it is followed. */
  addList(resource: EvaluatedResource, property: string): void {
    const value = resource.properties[property];
    if (isUnknown(value)) this.add(resource, property, value);
  }

  /** The properties that rules judge by themselves. */
  addJudged(resource: EvaluatedResource): void {
    const properties = isSettings(resource) ? Object.keys(resource.properties) : (judged[typeOf(resource)] ?? []);
    for (const property of properties) {
      const value = resource.properties[property];
      for (const [path, unknown] of unknownsIn(value, property))
        if (!isReference(path)) this.add(resource, path, unknown);
    }
  }

  get all(): readonly UnknownAccess[] {
    return [...this.found.values()];
  }
}

/** What is unknown within a value, by its path. */
export function unknownsIn(value: unknown, path: string): [string, unknown][] {
  if (isUnknown(value)) return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => unknownsIn(each, `${path}.${key}`));
}

/** Ids that are looked up elsewhere, by the resources that they are to come from. */
const isReference = (path: string): boolean =>
  /\.(objectId|principalId)$|^appRoles\.\d+\.id$|^requiredResourceAccesses\.\d+\.(resourceAppId|resourceAccesses\.\d+\.id)$|^owners\.\d+$/.test(
    path,
  );

/** By type, the properties that decide who may do what. References to other resources are judged where they are followed. */
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
