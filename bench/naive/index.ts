import { readFileSync } from "node:fs";
import * as azureNative from "@pulumi/azure-native";
import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * The same identities in a program that follows the examples of the Pulumi registry: packages imported at their
 * root, and resources without components, which Pulumi creates in any order. Nothing waits for Entra, and each resource is
 * deleted individually.
 */
interface Service {
  readonly description: string;
  readonly appRoles: Readonly<Record<string, { readonly description: string }>>;
  readonly calls: Readonly<Record<string, { readonly roles: readonly string[] }>>;
}

const config = new pulumi.Config();
const location = config.require("location");
const landscape: { services: Record<string, Service> } = JSON.parse(
  readFileSync(config.require("landscapeFile"), "utf8"),
);
const services = Object.entries(landscape.services);
const ends = "2027-04-30T00:00:00Z";

const current = azuread.getClientConfigOutput();
const group = new azureNative.resources.ResourceGroup("group", { location });

const made = Object.fromEntries(
  services.map(([name, { description, appRoles }]) => {
    const roleIds = Object.fromEntries(
      Object.keys(appRoles).map((role) => [role, new random.RandomUuid(`${name}-${role}`).result]),
    );
    const application = new azuread.Application(
      name,
      {
        displayName: name,
        description,
        owners: [current.objectId],
        api: { requestedAccessTokenVersion: 2 },
        appRoles: Object.entries(appRoles).map(([role, about]) => ({
          id: roleIds[role] as pulumi.Output<string>,
          value: role,
          displayName: role,
          description: about.description,
          allowedMemberTypes: ["Application"],
        })),
      },
      { ignoreChanges: ["identifierUris", "requiredResourceAccesses"] },
    );
    const principal = new azuread.ServicePrincipal(name, {
      clientId: application.clientId,
      appRoleAssignmentRequired: true,
      owners: [current.objectId],
    });
    const uri = new azuread.ApplicationIdentifierUri(name, {
      applicationId: application.id,
      identifierUri: pulumi.interpolate`api://${application.clientId}`,
    });
    const password = new azuread.ApplicationPassword(name, { applicationId: application.id, endDate: ends });
    const identity = new azureNative.managedidentity.UserAssignedIdentity(name, {
      resourceGroupName: group.name,
      resourceName: `id-${name}`,
      location,
    });
    const vault = new azureNative.keyvault.Vault(name, {
      resourceGroupName: group.name,
      vaultName: pulumi.interpolate`${name}-${new random.RandomString(name, { length: 6, special: false, upper: false }).result}`,
      location,
      properties: {
        tenantId: current.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: false,
        accessPolicies: [
          { tenantId: current.tenantId, objectId: identity.principalId, permissions: { secrets: ["get"] } },
        ],
      },
    });
    const secret = new azureNative.keyvault.Secret(
      name,
      {
        resourceGroupName: group.name,
        vaultName: vault.name,
        secretName: "client-secret",
        properties: { value: password.value },
      },
      // Otherwise the destroy of such a program fails, because its deployer may not delete the contents of a vault.
      { retainOnDelete: true },
    );
    return [name, { application, identity, password, principal, roleIds, secret, uri, vault }];
  }),
);

for (const [caller, { calls }] of services)
  for (const [api, { roles }] of Object.entries(calls)) {
    const [from, to] = [made[caller], made[api]];
    if (!from || !to) throw new Error(`${caller} calls ${api}, which does not exist`);
    const roleIds = roles.map((role) => to.roleIds[role] as pulumi.Output<string>);
    new azuread.ApplicationApiAccess(`${caller}-${api}`, {
      applicationId: from.application.id,
      apiClientId: to.application.clientId,
      roleIds,
    });
    for (const [at, role] of roles.entries())
      new azuread.AppRoleAssignment(`${caller}-${api}-${role}`, {
        appRoleId: roleIds[at] as pulumi.Output<string>,
        principalObjectId: from.principal.objectId,
        resourceObjectId: to.principal.objectId,
      });
  }

/** The outputs that the proof reads: the same as those of our own stacks. */
export const tenantId = current.tenantId;
export const authority = config.get("authority");
export const directory = Object.fromEntries(
  services.map(([name, { calls }]) => {
    const { application, identity, password, roleIds, uri, vault } = made[name] as (typeof made)[string];
    return [
      name,
      {
        clientId: application.clientId,
        scope: pulumi.interpolate`${uri.identifierUri}/.default`,
        roleIds,
        vaultId: vault.id,
        vaultUri: vault.properties.vaultUri,
        credential: {
          kind: "secret",
          secretName: "client-secret",
          keyIds: [password.keyId],
          expires: ends,
          nextRotation: ends.slice(0, 10),
        },
        identityClientId: identity.clientId,
        identityId: identity.id,
        calls: Object.fromEntries(Object.entries(calls).map(([api, { roles }]) => [api, roles])),
      },
    ];
  }),
);
