import { randomBytes, randomUUID } from "node:crypto";
import { type Cloud, publicCloud } from "@microservice-identities/well-known/clouds";
import { ClientSecrets, type SecretRequest } from "./clientSecrets";
import { ConditionalAccess } from "./conditionalAccess";
import { Consent } from "./consent";
import { CreatorQuota } from "./creatorQuota";
import { DeletedItems } from "./deletedItems";
import {
  type Application,
  type AppRole,
  type AppRoleAssignment,
  type Clock,
  defaultAccessRoleId,
  type FederatedIdentityCredential,
  isoSeconds,
  type KeyCredential,
  type PasswordCredential,
  type PermissionGrant,
  type ServicePrincipal,
} from "./directoryObjects";
import { Groups } from "./groups";
import { History, type Step } from "./history";
import { SignInLog } from "./signInLog";
import { defaultTenantSettings, type TenantSettings } from "./tenantSettings";

/** A directory role that somebody can activate. */
export interface EligibleDirectoryRole {
  readonly id: string;
  readonly principalId: string;
  readonly roleDefinitionId: string;
  /** `/` for the whole tenant, or `/{object id}`. */
  readonly directoryScopeId: string;
  readonly createdDateTime: string;
  /** Since when it is eligible. Default: since it was created. */
  readonly startDateTime?: string | undefined;
}

/**
 * The objects of one Entra tenant, with indexes that make every look-up independent of their number, and with the cascading
 * deletions that Entra performs. The rights of callers are checked elsewhere.
 */
export class Tenant {
  readonly applications = new Map<string, Application>();
  readonly servicePrincipals = new Map<string, ServicePrincipal>();
  private readonly applicationByAppId = new Map<string, Application>();
  private readonly principalByAppId = new Map<string, ServicePrincipal>();
  /** Resource names (client ids, identifier URIs), in lower case, to service principals' app ids. */
  private readonly appIdByName = new Map<string, string>();
  private readonly assignments = new Map<string, AppRoleAssignment>();
  private readonly assignmentsByPrincipal = new Map<string, Map<string, AppRoleAssignment>>();
  private readonly assignmentsByResource = new Map<string, Map<string, AppRoleAssignment>>();
  readonly settings: TenantSettings = { ...defaultTenantSettings };
  /** Object ids of the principals that hold a directory role: no quota limits them. */
  readonly directoryRoleHolders = new Set<string>();
  readonly quota: CreatorQuota;
  readonly signIns = new SignInLog();
  readonly deletedItems: DeletedItems;
  /** Delegated permissions with consent, by id. */
  readonly permissionGrants = new Map<string, PermissionGrant>();
  /** The consent policies and roles that allow some grants without the permission for all of them. */
  readonly consent = new Consent();
  readonly conditionalAccess = new ConditionalAccess();
  readonly groups = new Groups();
  /** Directory roles that somebody can activate, by id. */
  readonly eligibleRoles = new Map<string, EligibleDirectoryRole>();
  readonly clientSecrets: ClientSecrets;
  /** The `uti` of each token that was issued for a federated credential. Such a token is not accepted in another federation. */
  readonly federatedTokens = new Set<string>();

  constructor(
    readonly id: string,
    private readonly clock: Clock,
    /** The lifetime of tokens in seconds; undefined for Entra's own lifetimes. */
    readonly tokenLifetimeSeconds: () => number | undefined = () => undefined,
    /** The states of the objects before their last writes. */
    readonly history: History = new History(clock, () => 0),
    /** The cloud, which determines the names of its APIs. */
    readonly cloud: Cloud = publicCloud,
  ) {
    this.clientSecrets = new ClientSecrets(clock);
    this.quota = new CreatorQuota(clock);
    this.deletedItems = new DeletedItems(clock, this.quota);
  }

  get now(): Date {
    return new Date(this.clock());
  }

  /**
   * @param fill sets the properties of the new application, as part of the creation
   * @throws what `fill` throws, and then nothing was created
   */
  addApplication(
    displayName: string,
    owners: Iterable<string> = [],
    fill: (application: Application) => void = () => {},
  ): Application {
    const application: Application = {
      id: randomUUID(),
      appId: randomUUID(),
      createdDateTime: isoSeconds(this.now),
      properties: {},
      displayName,
      identifierUris: [],
      appRoles: [],
      requestedAccessTokenVersion: null,
      accessTokenClaims: [],
      passwordCredentials: [],
      keyCredentials: [],
      federatedIdentityCredentials: [],
      owners: new Set(owners),
    };
    this.applications.set(application.id, application);
    this.applicationByAppId.set(application.appId, application);
    // The creation is one write, even if it consists of several changes.
    this.history.quietly(() => {
      try {
        fill(application);
      } catch (error) {
        this.forget(application);
        throw error;
      }
    });
    this.history.applications.record(application.id, "added", undefined);
    return application;
  }

  /** Must be called before a change of an application, except for its credentials and roles. */
  changing(application: Application): void {
    this.history.applications.record(application.id, "changed", copyOf(application));
  }

  /** Must be called before a change of a service principal. */
  changingPrincipal(principal: ServicePrincipal): void {
    this.history.servicePrincipals.record(principal.id, "changed", copyOf(principal));
  }

  /** Removes an application. As Entra does, this removes its service principal and all assignments of and to this. */
  removeApplication(application: Application): void {
    this.history.applications.record(application.id, "removed", copyOf(application));
    const principal = this.principalByAppId.get(application.appId);
    if (principal) this.removeServicePrincipal(principal);
    this.forget(application);
    this.deletedItems.add({ type: "application", object: application });
  }

  /** Restores an application, without its service principal, which is a separate deleted item, and without its removed assignments. */
  restoreApplication(application: Application): void {
    this.deletedItems.take(application.id);
    this.history.applications.record(application.id, "added", undefined);
    this.applications.set(application.id, application);
    this.applicationByAppId.set(application.appId, application);
    this.setIdentifierUris(application, application.identifierUris);
  }

  private forget(application: Application): void {
    for (const uri of application.identifierUris) this.appIdByName.delete(uri.toLowerCase());
    this.applications.delete(application.id);
    this.applicationByAppId.delete(application.appId);
  }

  applicationOf(appId: string): Application | undefined {
    return this.applicationByAppId.get(appId.toLowerCase());
  }

  setIdentifierUris(application: Application, uris: readonly string[]): void {
    for (const uri of application.identifierUris) this.appIdByName.delete(uri.toLowerCase());
    for (const uri of uris) this.appIdByName.set(uri.toLowerCase(), application.appId);
    application.identifierUris = uris;
  }

  /** The application with an identifier URI, even if it has no service principal. */
  holderOf(uri: string): Application | undefined {
    const appId = this.appIdByName.get(uri.toLowerCase());
    return appId === undefined ? undefined : this.applicationByAppId.get(appId);
  }

  /** Sets the roles of an application, and removes the assignments of removed roles. */
  setAppRoles(application: Application, roles: readonly AppRole[]): void {
    const kept = new Set(roles.map((role) => role.id));
    const principal = this.principalByAppId.get(application.appId);
    for (const assignment of principal ? this.assignedTo(principal.id) : []) {
      if (assignment.appRoleId !== defaultAccessRoleId && !kept.has(assignment.appRoleId)) this.unassign(assignment);
    }
    this.history.principalRoles.record(application.id, "changed", application.appRoles);
    application.appRoles = roles;
  }

  setKeyCredentials(application: Application, keys: readonly KeyCredential[]): void {
    const isKnown = ({ keyId }: KeyCredential) => application.keyCredentials.some((each) => each.keyId === keyId);
    this.changingCredentials(application, keys.every(isKnown) ? "removed" : "added");
    application.keyCredentials = keys;
  }

  setFederatedCredentials(
    application: Application,
    step: Step,
    credentials: readonly FederatedIdentityCredential[],
  ): void {
    this.history.federatedCredentials.record(application.id, step, application.federatedIdentityCredentials);
    application.federatedIdentityCredentials = credentials;
  }

  addServicePrincipal(
    given: Pick<ServicePrincipal, "appId" | "displayName"> &
      Partial<
        Pick<ServicePrincipal, "servicePrincipalType" | "appRoleAssignmentRequired" | "accountEnabled" | "foreign">
      >,
    owners: Iterable<string> = [],
  ): ServicePrincipal {
    const principal: ServicePrincipal = {
      servicePrincipalType: "Application",
      accountEnabled: true,
      appRoleAssignmentRequired: false,
      ...given,
      id: randomUUID(),
      createdDateTime: isoSeconds(this.now),
      properties: {},
      passwordCredentials: [],
      owners: new Set(owners),
    };
    this.history.servicePrincipals.record(principal.id, "added", undefined);
    this.servicePrincipals.set(principal.id, principal);
    this.principalByAppId.set(principal.appId, principal);
    for (const name of principal.foreign?.names ?? []) this.appIdByName.set(name.toLowerCase(), principal.appId);
    return principal;
  }

  removeServicePrincipal(principal: ServicePrincipal): void {
    for (const assignment of [...this.assignedTo(principal.id), ...this.assignmentsOf(principal.id)]) {
      this.unassign(assignment);
    }
    for (const { id, clientId, resourceId } of this.permissionGrants.values()) {
      if ([clientId, resourceId].includes(principal.id)) this.permissionGrants.delete(id);
    }
    this.history.servicePrincipals.record(principal.id, "removed", copyOf(principal));
    this.servicePrincipals.delete(principal.id);
    this.principalByAppId.delete(principal.appId);
    // The principal of a managed identity cannot be restored without the identity.
    if (principal.servicePrincipalType === "Application")
      this.deletedItems.add({ type: "servicePrincipal", object: principal });
  }

  /** Restores a service principal, without its removed assignments. */
  restoreServicePrincipal(principal: ServicePrincipal): void {
    this.deletedItems.take(principal.id);
    this.history.servicePrincipals.record(principal.id, "added", undefined);
    this.servicePrincipals.set(principal.id, principal);
    this.principalByAppId.set(principal.appId, principal);
  }

  servicePrincipalOf(appId: string): ServicePrincipal | undefined {
    return this.principalByAppId.get(appId.toLowerCase());
  }

  /** The API that a scope names by client id or identifier URI. */
  resourceNamed(name: string): ServicePrincipal | undefined {
    const key = name.toLowerCase();
    return this.principalByAppId.get(key) ?? this.principalByAppId.get(this.appIdByName.get(key) ?? "");
  }

  appRolesOf(principal: ServicePrincipal): readonly AppRole[] {
    return principal.foreign?.appRoles ?? this.applicationByAppId.get(principal.appId)?.appRoles ?? [];
  }

  /** The names that a scope can use for an API. */
  namesOf(principal: ServicePrincipal): readonly string[] {
    const uris = principal.foreign?.names ?? this.applicationByAppId.get(principal.appId)?.identifierUris ?? [];
    return [principal.appId, ...uris];
  }

  assign(principalId: string, resourceId: string, appRoleId: string): AppRoleAssignment {
    const assignment: AppRoleAssignment = {
      id: randomBytes(24).toString("base64url"),
      appRoleId,
      principalId,
      resourceId,
      createdDateTime: isoSeconds(this.now),
    };
    this.history.appRoleAssignments.record(assignment.id, "added", undefined);
    this.assignments.set(assignment.id, assignment);
    under(this.assignmentsByPrincipal, principalId).set(assignment.id, assignment);
    under(this.assignmentsByResource, resourceId).set(assignment.id, assignment);
    return assignment;
  }

  unassign(assignment: AppRoleAssignment): void {
    this.history.appRoleAssignments.record(assignment.id, "removed", assignment);
    this.assignments.delete(assignment.id);
    this.assignmentsByPrincipal.get(assignment.principalId)?.delete(assignment.id);
    this.assignmentsByResource.get(assignment.resourceId)?.delete(assignment.id);
  }

  assignment(id: string): AppRoleAssignment | undefined {
    return this.assignments.get(id);
  }

  /** The role assignments of a principal. */
  assignmentsOf(principalId: string): AppRoleAssignment[] {
    return [...(this.assignmentsByPrincipal.get(principalId)?.values() ?? [])];
  }

  /** The role assignments for an API. */
  assignedTo(resourceId: string): AppRoleAssignment[] {
    return [...(this.assignmentsByResource.get(resourceId)?.values() ?? [])];
  }

  /** Creates a client secret. Only this result contains its value. */
  addPassword(
    holder: Application | ServicePrincipal,
    given: SecretRequest,
  ): { credential: PasswordCredential; secretText: string } {
    const created = this.clientSecrets.create(given);
    this.changingCredentials(holder, "added");
    // As recorded, Graph lists the newest one first.
    holder.passwordCredentials = [created.credential, ...holder.passwordCredentials];
    return created;
  }

  removePassword(holder: Application | ServicePrincipal, keyId: string): boolean {
    const kept = holder.passwordCredentials.filter((credential) => credential.keyId !== keyId);
    const found = kept.length < holder.passwordCredentials.length;
    if (found) this.changingCredentials(holder, "removed");
    holder.passwordCredentials = kept;
    return found;
  }

  private changingCredentials(holder: Application | ServicePrincipal, step: Step): void {
    const { passwordCredentials } = holder;
    const keyCredentials = "keyCredentials" in holder ? holder.keyCredentials : [];
    this.history.credentials.record(holder.id, step, { passwordCredentials, keyCredentials });
  }
}

const copyOf = <T extends Application | ServicePrincipal>(object: T): T => ({
  ...object,
  properties: { ...object.properties },
  owners: new Set(object.owners),
});

function under<K, V>(index: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let inner = index.get(key);
  if (!inner) {
    inner = new Map();
    index.set(key, inner);
  }
  return inner;
}
