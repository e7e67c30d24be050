import { randomUUID } from "node:crypto";
import { type Cloud, firstParty } from "@microservice-identities/well-known/clouds";
import { graphPermissionNamed } from "@microservice-identities/well-known/microsoftGraph";
import type { ServicePrincipal } from "./directoryObjects";
import { addMicrosoftGraph } from "./graph/microsoftGraph";
import type { Subscription } from "./resourceManager/subscription";
import type { Tenant } from "./tenant";

/** The credentials of a deployer, and its tenant and subscription. */
export interface DeployerCredentials {
  readonly ARM_TENANT_ID: string;
  readonly ARM_SUBSCRIPTION_ID: string;
  readonly ARM_CLIENT_ID: string;
  readonly ARM_CLIENT_SECRET: string;
}

/** The real audiences of Azure Resource Manager; only its address is local. */
export const armAudiences = ({ resourceManagerClassic, resourceManager }: Cloud): string[] => [
  `${resourceManagerClassic}/`,
  `${resourceManager}/`,
];

/** Creates the initial objects of a tenant: Microsoft's own APIs. @returns Microsoft Graph */
export function addMicrosoftsPrincipals(tenant: Tenant, graphAddress: string, armAddress: string): ServicePrincipal {
  const graphPrincipal = addMicrosoftGraph(tenant, graphAddress);
  const foreign = (appId: string, displayName: string, names: readonly string[]) =>
    tenant.addServicePrincipal({
      appId,
      displayName,
      foreign: {
        appRoles: [],
        names: names.flatMap((name) => [name.replace(/\/$/, ""), `${name.replace(/\/$/, "")}/`]),
      },
    });
  foreign(firstParty.resourceManager, "Windows Azure Service Management API", [
    ...armAudiences(tenant.cloud),
    armAddress,
  ]);
  foreign(firstParty.keyVault, "Azure Key Vault", [tenant.cloud.keyVault]);
  foreign(firstParty.tokenExchange, "Azure AD Token Exchange", [tenant.cloud.tokenExchange]);

  return graphPrincipal;
}

/** Creates an application with a secret, permissions and a role. */
export function addIdentity(
  tenant: Tenant,
  subscription: Subscription,
  graphPrincipal: ServicePrincipal,
  { displayName, permissions, roleId }: Identity,
): DeployerCredentials {
  const application = tenant.addApplication(displayName);
  const principal = tenant.addServicePrincipal({ appId: application.appId, displayName });
  for (const permission of permissions) {
    const known = graphPermissionNamed(permission);
    if (!known) throw new Error(`Microsoft Graph has no permission "${permission}" in this local Azure`);
    tenant.assign(principal.id, graphPrincipal.id, known.id);
  }
  const name = randomUUID();
  if (roleId !== undefined)
    subscription.access.add({
      id: `${subscription.path}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      name,
      scope: subscription.path,
      principalId: principal.id,
      principalType: "ServicePrincipal",
      roleId,
      description: null,
      createdOn: application.createdDateTime,
    });
  const { secretText } = tenant.addPassword(application, { displayName });
  return {
    ARM_TENANT_ID: tenant.id,
    ARM_SUBSCRIPTION_ID: subscription.id,
    ARM_CLIENT_ID: application.appId,
    ARM_CLIENT_SECRET: secretText,
  };
}

interface Identity {
  readonly displayName: string;
  readonly permissions: readonly string[];
  /** The GUID of a role definition. */
  readonly roleId: string | undefined;
}
