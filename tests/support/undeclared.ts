import { X509Certificate } from "node:crypto";
import type { Application, ServicePrincipal } from "@microservice-identities/local-azure/directoryObjects";
import type { Group } from "@microservice-identities/local-azure/groups";
import type { Vault } from "@microservice-identities/local-azure/keyVault/vault";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import type { ManagedIdentity } from "@microservice-identities/local-azure/resourceManager/subscription";
import type { AuditRule } from "@microservice-identities/review/auditRules";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";

/** A landscape in which each service calls the next one. */
export const callingInACircle = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `service-${index}`,
      {
        description: "A service.",
        appRoles: { "Things.Read": { description: "Read things." } },
        calls: { [`service-${(index + 1) % count}`]: { roles: ["Things.Read"], because: "It shows its things." } },
      },
    ]),
  );

/** The finding that an audit must report for a planted thing. */
export interface Planted {
  readonly rule: AuditRule;
  /** The names and ids of the finding. */
  readonly about: readonly string[];
}

/** Creates something that no stack declares, as a person could do by hand. A group with rights causes several findings. */
type Planter = (number: number) => readonly Planted[];

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/**
 * Planters for each kind of undeclared thing. A number selects the object that gets the undeclared thing, so a planter can be used
 * as often as there are objects.
 *
 * @param clientIds of the stack's registrations
 */
export function planters(
  { tenant, subscription, tenantId }: LocalAzure,
  clientIds: readonly string[],
  certificate: string,
): Readonly<Record<string, Planter>> {
  const applications = clientIds.map((id) => tenant.applicationOf(id) as Application);
  const principals = clientIds.map((id) => tenant.servicePrincipalOf(id) as ServicePrincipal);
  const vaults: Vault[] = [...subscription.vaults.values()];
  const identities: ManagedIdentity[] = [...subscription.identities.values()];
  const graph = tenant.servicePrincipalOf(microsoftGraph) as ServicePrincipal;
  const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const stranger = (number: number) =>
    tenant.addServicePrincipal({ appId: id(number), displayName: `stranger ${number}` }).id;
  const assignRole = (number: number, scope: string, principalId: string, roleId: string) =>
    subscription.access.add({
      id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${id(number)}`,
      name: id(number),
      scope,
      principalId,
      principalType: "ServicePrincipal",
      roleId,
      description: null,
      createdOn: "2026-11-20T08:00:00Z",
    });
  const reader = (number: number, scope: string, role: { readonly id: string; readonly name: string }): Planted[] => {
    const principalId = stranger(number);
    assignRole(number, scope, principalId, role.id);
    return [{ rule: "undeclared-reader", about: [scope, role.name, principalId] }];
  };
  const group = (number: number, given: { readonly isAssignableToRole?: boolean } = {}) =>
    tenant.groups.addGroup(`group ${number}`, given);
  const placed = ({ displayName, id: groupId }: Group, kind: "member" | "owner", who: string): Planted => {
    const found = tenant.groups.groups.get(groupId);
    (kind === "member" ? found?.members : found?.owners)?.add(who);
    return { rule: "undeclared-member", about: [displayName, groupId, kind, who] };
  };
  const person = (number: number) => tenant.groups.addUser(`person-${number}@example.com`).id;
  const trusted = (number: number) => ({
    issuer: "https://token.actions.githubusercontent.com",
    subject: `repo:elsewhere/${number}`,
    audiences: ["api://AzureADTokenExchange"],
  });
  const withNetworks = (vault: Vault, change: object) => {
    const acls = (vault.properties.networkAcls ?? {}) as object;
    vault.properties = { ...vault.properties, networkAcls: { ...acls, ...change } };
  };
  return {
    "the role of an API": (number) => {
      const apis = principals.filter((each) => tenant.appRolesOf(each).length > 0);
      const [api, holder] = [at(apis, number), stranger(number)];
      const role = at(tenant.appRolesOf(api), number);
      tenant.assign(holder, api.id, role.id);
      return [{ rule: "undeclared-grant", about: [api.displayName, holder, `${role.value}`] }];
    },
    "a role of Microsoft Graph for a service": (number) => {
      const [holder, role] = [at(principals, number), at(tenant.appRolesOf(graph), number)];
      tenant.assign(holder.id, graph.id, role.id);
      return [{ rule: "undeclared-permission", about: [holder.displayName, graph.displayName, role.id] }];
    },
    "a role of an API for an identity": (number) => {
      const [holder, role] = [at(identities, number), at(tenant.appRolesOf(graph), number)];
      tenant.assign(holder.principalId, graph.id, role.id);
      return [{ rule: "undeclared-permission", about: [holder.name, graph.displayName, role.id] }];
    },
    "a secret of a registration": (number) => {
      const application = at(applications, number);
      const { keyId } = tenant.addPassword(application, { displayName: `by hand ${number}` }).credential;
      return [{ rule: "undeclared-secret", about: [application.displayName, keyId] }];
    },
    "a secret of a service principal": (number) => {
      const principal = at(principals, number);
      const { keyId } = tenant.addPassword(principal, {}).credential;
      return [{ rule: "undeclared-secret", about: [principal.displayName, keyId] }];
    },
    "a certificate": (number) => {
      const application = at(applications, number);
      const key = {
        keyId: id(number),
        displayName: null,
        startDateTime: "2026-11-20T08:00:00Z",
        endDateTime: "2027-11-20T08:00:00Z",
        certificate: new X509Certificate(certificate),
      };
      tenant.setKeyCredentials(application, [...application.keyCredentials, key]);
      return [{ rule: "undeclared-certificate", about: [application.displayName, key.keyId] }];
    },
    "a federated credential of a registration": (number) => {
      const application = at(applications, number);
      const credential = { id: id(number), name: `hand-${number}`, description: null, ...trusted(number) };
      tenant.setFederatedCredentials(application, "added", [...application.federatedIdentityCredentials, credential]);
      return [{ rule: "undeclared-trust", about: [application.displayName, credential.name] }];
    },
    "a federated credential of an identity": (number) => {
      const identity = at(identities, number);
      identity.federatedCredentials.set(`hand-${number}`, trusted(number));
      return [{ rule: "undeclared-trust", about: [identity.name, `hand-${number}`] }];
    },
    "an owner of a registration": (number) => {
      const [application, owner] = [at(applications, number), stranger(number)];
      application.owners.add(owner);
      return [{ rule: "undeclared-owner", about: [application.displayName, "registration", owner] }];
    },
    "an owner of a service principal": (number) => {
      const [principal, owner] = [at(principals, number), stranger(number)];
      principal.owners.add(owner);
      return [{ rule: "undeclared-owner", about: [principal.displayName, "service principal", owner] }];
    },
    "an API that requires no assignment": (number) => {
      const principal = at(principals, number);
      principal.appRoleAssignmentRequired = false;
      return [{ rule: "undeclared-open-api", about: [principal.displayName] }];
    },
    "a delegated grant": (number) => {
      const principal = at(principals, number);
      tenant.permissionGrants.set(id(number), {
        id: id(number),
        clientId: principal.id,
        consentType: "AllPrincipals",
        principalId: null,
        resourceId: graph.id,
        scope: "User.Read",
      });
      return [{ rule: "undeclared-delegated-grant", about: [principal.displayName, id(number)] }];
    },
    "a directory role": (number) => {
      const principal = at(principals, number);
      tenant.directoryRoleHolders.add(principal.id);
      return [{ rule: "undeclared-directory-role", about: [principal.displayName, "Application Administrator", "/"] }];
    },
    "an Azure role of an identity": (number) => {
      const identity = at(identities, number);
      const scope = `/subscriptions/${subscription.id}`;
      assignRole(number, scope, identity.principalId, azureRoles.reader.id);
      return [{ rule: "undeclared-azure-role", about: [identity.name, azureRoles.reader.name, scope] }];
    },
    "a role above the vaults": (number) => {
      const [group] = [...subscription.groups.values()];
      return reader(number, group?.id ?? "", azureRoles.contributor);
    },
    "a role that runs code as an identity": (number) =>
      reader(number, at(identities, number).id, azureRoles.managedIdentityOperator),
    "a role at a vault": (number) => reader(number, at(vaults, number).id, azureRoles.userAccessAdministrator),
    "an access policy": (number) => {
      const [vault, objectId] = [at(vaults, number), stranger(number)];
      vault.accessPolicies = [...vault.accessPolicies, { tenantId, objectId, permissions: { secrets: ["get"] } }];
      return [{ rule: "undeclared-reader", about: [vault.name, "access policy", objectId] }];
    },
    "a network of a vault": (number) => {
      const vault = at(vaults, number);
      const { ipRules = [] } = (vault.properties.networkAcls ?? {}) as { ipRules?: object[] };
      const value = `203.0.113.${number % 256}`;
      withNetworks(vault, { ipRules: [...ipRules, { value }] });
      return [{ rule: "undeclared-network", about: [vault.name, value] }];
    },
    "a firewall that is switched off": (number) => {
      const vault = at(vaults, number);
      withNetworks(vault, { defaultAction: "Allow" });
      return [{ rule: "undeclared-network", about: [vault.name, "default action"] }];
    },
    "a group that reads a vault, by groups in groups, and its owner": (number) => {
      const [vault, outer, inner] = [at(vaults, number), group(number), group(number)];
      vault.accessPolicies = [
        ...vault.accessPolicies,
        { tenantId, objectId: outer.id, permissions: { secrets: ["get"] } },
      ];
      return [
        { rule: "undeclared-reader", about: [vault.name, "access policy", outer.id] },
        placed(outer, "member", inner.id),
        placed(inner, "member", person(number)),
        placed(outer, "owner", stranger(number)),
      ];
    },
    "a group that holds a role of an API": (number) => {
      const apis = principals.filter((each) => tenant.appRolesOf(each).length > 0);
      const [api, holder] = [at(apis, number), group(number)];
      const role = at(tenant.appRolesOf(api), number);
      tenant.assign(holder.id, api.id, role.id);
      return [
        { rule: "undeclared-grant", about: [api.displayName, holder.id, `${role.value}`] },
        placed(holder, "member", person(number)),
      ];
    },
    "a service in a group with a directory role": (number) => {
      const [principal, holder] = [at(principals, number), group(number, { isAssignableToRole: true })];
      tenant.directoryRoleHolders.add(holder.id);
      return [placed(holder, "member", principal.id)];
    },
    "a directory role at a registration": (number) => {
      const [application, principalId] = [at(applications, number), person(number)];
      const directoryScopeId = `/${application.id}`;
      tenant.consent.assignments.set(id(number), {
        ...{ id: id(number), principalId, directoryScopeId },
        roleDefinitionId: applicationAdministrator,
      });
      return [
        {
          rule: "undeclared-directory-role",
          about: [application.displayName, "Application Administrator", principalId],
        },
      ];
    },
    "a directory role that a service can activate": (number) => {
      const principal = at(principals, number);
      tenant.eligibleRoles.set(id(number), {
        ...{ id: id(number), principalId: principal.id, directoryScopeId: "/" },
        roleDefinitionId: applicationAdministrator,
        createdDateTime: "2026-11-20T08:00:00Z",
      });
      return [
        {
          rule: "undeclared-directory-role",
          about: [principal.displayName, "Application Administrator (eligible)", "/"],
        },
      ];
    },
    "an Azure role at a vault that somebody can activate": (number) => {
      const [vault, principalId] = [at(vaults, number), person(number)];
      const role = azureRoles.userAccessAdministrator;
      const createdOn = "2026-11-20T08:00:00Z";
      subscription.eligibleRoles.set(id(number), {
        ...{ name: id(number), scope: vault.id, principalId, roleId: role.id, createdOn },
      });
      return [{ rule: "undeclared-reader", about: [vault.id, `${role.name} (eligible)`, principalId] }];
    },
  };
}

/** https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const applicationAdministrator = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
