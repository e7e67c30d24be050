import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import { type EvaluatedResource, nameOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { lastPart, normalizedId } from "@microservice-identities/well-known/ids";

type Json = Readonly<Record<string, unknown>>;

/** A resource in the state of a stack. */
export type StateRow = Pick<EvaluatedResource, "urn" | "type" | "id" | "properties" | "created">;

export const rowOf = ({ urn, type, id, outputs, created }: StateResource): StateRow => ({
  urn,
  type,
  id,
  properties: outputs,
  ...(created === undefined ? {} : { created }),
});

export interface DeclaredService {
  /** The display name of the registration. */
  readonly name: string;
  readonly clientId: string;
  /** The object id of the registration. */
  readonly applicationId: string;
  /** The object id of its service principal; empty if the state has none. */
  readonly principalId: string;
  /** The values of its app roles, by id. */
  readonly roles: ReadonlyMap<string, string>;
}

export interface DeclaredIdentity {
  readonly name: string;
  /** The resource id. */
  readonly id: string;
  /** The object id of its service principal. */
  readonly principalId: string;
}

export interface DeclaredVault {
  readonly name: string;
  /** The name of the resource in the program. */
  readonly resource: string;
  /** The resource id. */
  readonly id: string;
  readonly properties: Json;
}

/** The kinds of access that a stack can declare. */
export type DeclaredKind =
  | "grant"
  | "credential"
  | "trust"
  | "owner"
  | "delegated"
  | "directoryRole"
  | "eligibleDirectoryRole"
  | "azureRole"
  | "eligibleAzureRole"
  | "member"
  | "groupOwner";

/** The access that the states of stacks declare. Ids are compared in any spelling. */
export class Declared {
  readonly services: readonly DeclaredService[];
  readonly identities: readonly DeclaredIdentity[];
  readonly vaults: readonly DeclaredVault[];
  private readonly keys = new Set<string>();
  private readonly policies = new Map<string, Set<string>>();

  /**
   * @param audited the stacks whose objects are audited
   * @param also stacks whose resources count as declared, without being audited
   */
  constructor(audited: readonly StateRow[], also: readonly StateRow[] = []) {
    const principals = rowsOf(audited, "azuread:index/servicePrincipal:ServicePrincipal");
    const principalOf = new Map(principals.map((each) => [text(each, "clientId").toLowerCase(), objectIdOf(each)]));
    this.services = rowsOf(audited, "azuread:index/application:Application").map((row) => ({
      name: text(row, "displayName"),
      clientId: text(row, "clientId").toLowerCase(),
      applicationId: objectIdOf(row),
      principalId: principalOf.get(text(row, "clientId").toLowerCase()) ?? "",
      roles: new Map(list(row.properties.appRoles).map(({ id, value }) => [lastPart(id), `${value}`])),
    }));
    this.identities = rowsOf(audited, "azure-native:managedidentity:UserAssignedIdentity").map((row) => ({
      name: lastPart(row.id),
      id: row.id,
      principalId: text(row, "principalId").toLowerCase(),
    }));
    this.vaults = rowsOf(audited, "azure-native:keyvault:Vault").map((row) => ({
      name: lastPart(row.id),
      resource: nameOf(row.urn),
      id: row.id,
      properties: (row.properties.properties ?? {}) as Json,
    }));
    for (const row of [...audited, ...also]) {
      for (const key of keysIn(row)) this.keys.add(key);
      for (const { vault, policy } of policiesIn(row)) this.allow(vault, policy);
    }
  }

  /** A principal as an access model names it: one of the stack by its own name, another by its id too, because names are shared. */
  principalName(objectId: string, displayName?: string): string {
    const id = objectId.toLowerCase();
    const own = [...this.services, ...this.identities].find(({ principalId }) => principalId === id);
    return own?.name ?? (displayName ? `${displayName} (${objectId})` : objectId);
  }

  has(kind: DeclaredKind, ...parts: readonly string[]): boolean {
    return this.keys.has(keyOf(kind, parts));
  }

  /** Whether the service principal gives everybody a token, as declared. */
  isOpen(principalId: string): boolean {
    return this.keys.has(keyOf("open", [principalId]));
  }

  /** The permissions of an object in a vault by access policies, for example `secrets/get`. */
  permissionsOf(vaultId: string, objectId: string): ReadonlySet<string> {
    return this.policies.get(keyOf(lastPart(vaultId), [objectId])) ?? new Set();
  }

  private allow(vaultId: string, policy: Json): void {
    const key = keyOf(lastPart(vaultId), [`${policy.objectId}`]);
    const before = this.policies.get(key) ?? [];
    this.policies.set(key, new Set([...before, ...permissionsIn(policy)]));
  }
}

/** The access that a resource declares. */
function keysIn(row: StateRow): readonly string[] {
  const { id, type, properties } = row;
  const of = (name: string) => text(row, name);
  const key = (kind: DeclaredKind, ...parts: readonly string[]) => keyOf(kind, parts);
  const owners = () => texts(properties.owners).map((owner) => key("owner", objectIdOf(row), owner));
  // The id of a credential contains its key id. After an import, the key id is nowhere else.
  if (/^azuread:index\/(application|servicePrincipal)(Password|Certificate):/.test(type))
    return [key("credential", of("keyId") || lastPart(id))];
  switch (type.replace(/^azuread:.*:/, "azuread:")) {
    case "azuread:Application":
      return [...owners(), ...list(properties.passwords).map(({ keyId }) => key("credential", `${keyId}`))];
    case "azuread:ServicePrincipal":
      return [
        ...owners(),
        ...(properties.appRoleAssignmentRequired === true ? [] : [keyOf("open", [objectIdOf(row)])]),
      ];
    case "azuread:ApplicationOwner":
      return [key("owner", lastPart(of("applicationId")), of("ownerObjectId"))];
    case "azuread:AppRoleAssignment":
      return [key("grant", of("principalObjectId"), of("resourceObjectId"), of("appRoleId"))];
    case "azuread:ApplicationFederatedIdentityCredential":
      return [key("trust", lastPart(of("applicationId")), of("issuer"), of("subject"))];
    case "azuread:ApplicationFlexibleFederatedIdentityCredential":
      return [key("trust", lastPart(of("applicationId")), of("issuer"), of("claimsMatchingExpression"))];
    case "azuread:ServicePrincipalDelegatedPermissionGrant":
      return texts(properties.claimValues).map((scope) =>
        key("delegated", of("servicePrincipalObjectId"), of("resourceServicePrincipalObjectId"), scope),
      );
    case "azuread:DirectoryRoleAssignment":
      return [key("directoryRole", of("principalObjectId"), of("roleId"), of("directoryScopeId") || "/")];
    case "azuread:DirectoryRoleEligibilityScheduleRequest":
      return [key("eligibleDirectoryRole", of("principalId"), of("roleDefinitionId"), of("directoryScopeId") || "/")];
    case "azuread:GroupMember":
      return [key("member", lastPart(of("groupObjectId")), lastPart(of("memberObjectId")))];
    case "azuread:Group":
      return [
        ...texts(properties.members).map((member) => key("member", objectIdOf(row), member)),
        ...texts(properties.owners).map((owner) => key("groupOwner", objectIdOf(row), owner)),
      ];
    case "azure-native:authorization:PimRoleEligibilitySchedule":
      return [key("eligibleAzureRole", of("principalId"), lastPart(of("roleDefinitionId")), normalizedId(of("scope")))];
    case "azure-native:managedidentity:FederatedIdentityCredential":
      return [key("trust", id.replace(/\/federatedIdentityCredentials\/[^/]+$/i, ""), of("issuer"), of("subject"))];
    case "azure-native:authorization:RoleAssignment":
      return [key("azureRole", id)];
    default:
      return [];
  }
}

function policiesIn({ id, type, properties }: StateRow): readonly { readonly vault: string; readonly policy: Json }[] {
  if (type === "azure-native:keyvault:AccessPolicy")
    return [{ vault: `${properties.vaultName}`, policy: (properties.policy ?? {}) as Json }];
  if (type !== "azure-native:keyvault:Vault") return [];
  const { accessPolicies } = (properties.properties ?? {}) as Json;
  return list(accessPolicies).map((policy) => ({ vault: id, policy }));
}

/** The permissions of an access policy, for example `secrets/get`. */
export const permissionsIn = ({ permissions }: Json): string[] =>
  Object.entries((permissions ?? {}) as Json).flatMap(([of, names]) =>
    texts(names).map((name) => `${of}/${name}`.toLowerCase()),
  );

const rowsOf = (rows: readonly StateRow[], type: string) => rows.filter((row) => row.type === type);
const text = ({ properties }: StateRow, name: string): string => `${properties[name] ?? ""}`;
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const objectIdOf = (row: StateRow): string => (text(row, "objectId") || lastPart(row.id)).toLowerCase();
const keyOf = (kind: string, parts: readonly string[]): string =>
  [kind, ...parts.map((part) => part.toLowerCase())].join("\n");
