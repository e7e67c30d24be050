import { AzureClient, isNotFound } from "@microservice-identities/engine/deployment/azureClient";
import type { TargetAzure } from "@microservice-identities/engine/deployment/targetAzure";
import type { TenantEditor } from "./tenant";

/** A local Azure as a tenant, signed in as the deployer. @returns the tenant, and a function that closes its connections */
export async function localTenant(azure: TargetAzure): Promise<TenantEditor & { close(): Promise<void> }> {
  const client = new AzureClient(azure);
  const { oid, tid } = await client.claims();
  return {
    subscriptionId: azure.deployer.ARM_SUBSCRIPTION_ID,
    tenantId: `${tid}`,
    objectId: `${oid}`,
    async list(path) {
      const { value } = await client.graph("GET", `/v1.0/${path}`);
      return value as Record<string, unknown>[];
    },
    async resource(id, apiVersion) {
      try {
        return await client.resourceManager("GET", id, apiVersion);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async graph(method, path, body) {
      try {
        await client.graph(method, path, body);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    close: () => client.close(),
  };
}
