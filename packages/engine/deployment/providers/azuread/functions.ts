import type { AzureClient } from "../../azureClient";
import type { Properties, ProviderFunction } from "../resourceType";
import { type GraphApplication, type GraphRole, listed, quoted } from "./graphObjects";

/** The functions (data sources) of the azuread provider that this engine supports. */
export const azureadFunctions: Record<string, ProviderFunction> = {
  async "azuread:index/getClientConfig:getClientConfig"(azure) {
    const { oid, tid } = await azure.claims();
    return { id: "config", clientId: azure.deployer.ARM_CLIENT_ID, objectId: oid, tenantId: tid };
  },

  async "azuread:index/getApplication:getApplication"(azure, { objectId, clientId }) {
    const found = await one(azure, "applications", objectId, clientId);
    const { id, appId, displayName, identifierUris, requiredResourceAccess } = found as GraphApplication;
    return {
      id: `/applications/${id}`,
      objectId: id,
      clientId: appId,
      displayName,
      identifierUris,
      requiredResourceAccesses: requiredResourceAccess.map(({ resourceAppId, resourceAccess }) => ({
        resourceAppId,
        resourceAccesses: resourceAccess,
      })),
    };
  },

  async "azuread:index/getServicePrincipal:getServicePrincipal"(azure, { objectId, clientId }) {
    const found = await one(azure, "servicePrincipals", objectId, clientId);
    const { id, appId, displayName, appRoles } = found as Properties & { appRoles: GraphRole[] };
    const appRoleIds = Object.fromEntries(appRoles.flatMap(({ value, id }) => (value === null ? [] : [[value, id]])));
    return { id, objectId: id, clientId: appId, displayName, appRoleIds };
  },
};

async function one(azure: AzureClient, kind: string, objectId: unknown, clientId: unknown): Promise<Properties> {
  if (objectId !== undefined) return azure.graph("GET", `/v1.0/${kind}/${objectId}`);
  const [found] = await listed(azure, kind, `appId eq ${quoted(clientId)}`);
  if (!found) throw new Error(`there is nothing among ${kind} with the client ID ${clientId}`);
  return found;
}
