import { AzureClient, AzureRequestError, isNotFound } from "@microservice-identities/engine/deployment/azureClient";
import type { TargetAzure } from "@microservice-identities/engine/deployment/targetAzure";
import { type BulkReader, type TenantEditor, TenantError } from "./tenant";

/** A local Azure as a tenant, signed in as the deployer. @returns the tenant, and a function that closes its connections */
export async function localTenant(azure: TargetAzure): Promise<TenantEditor & BulkReader & { close(): Promise<void> }> {
  const client = new AzureClient(azure);
  const { oid, tid } = await client.claims();
  return {
    subscriptionId: azure.deployer.ARM_SUBSCRIPTION_ID,
    tenantId: `${tid}`,
    objectId: `${oid}`,
    async list(path, version = "v1.0") {
      const found: Record<string, unknown>[] = [];
      for (let next: string | undefined = `/${version}/${path}`; next !== undefined; ) {
        const page: Record<string, unknown> = await client.graph("GET", next).catch(refused);
        found.push(...(page.value as Record<string, unknown>[]));
        next = (page["@odata.nextLink"] as string | undefined)?.replace(`${azure.authority}/graph`, "");
      }
      return found;
    },
    graphAddress: `${azure.authority}/graph`,
    ask: (path, body) => client.graph("POST", `/v1.0/${path}`, body).catch(refused),
    async resources(path, apiVersion) {
      const { value } = await client.resourceManager("GET", path, apiVersion).catch(refused);
      return value as Record<string, unknown>[];
    },
    object: (path) => client.graph("GET", `/v1.0/${path}`).catch(unlessMissing),
    resource: (id, apiVersion) => client.resourceManager("GET", id, apiVersion).catch(unlessMissing),
    async graph(method, path, body) {
      try {
        await client.graph(method, path, body);
      } catch (error) {
        if (!isNotFound(error)) refused(error);
      }
    },
    async put(id, apiVersion, body) {
      await client.resourceManager("PUT", id, apiVersion, body).catch(refused);
    },
    close: () => client.close(),
  };
}

function unlessMissing(error: unknown): undefined {
  if (!isNotFound(error)) refused(error);
}

function refused(error: unknown): never {
  throw error instanceof AzureRequestError ? new TenantError(error.message, error.status) : error;
}
