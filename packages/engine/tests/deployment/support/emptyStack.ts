import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { AzureClient } from "../../../deployment/azureClient";
import { StackState } from "../../../deployment/stackState";

/** Starts a local Azure for one test, with its deployer's client and an empty state. */
export interface EmptyStack {
  readonly azure: TestAzure;
  readonly client: AzureClient;
  readonly state: StackState;
  close(): Promise<void>;
}

export async function emptyStack(): Promise<EmptyStack> {
  const azure = await startTestAzure();
  const client = new AzureClient(azure.azure);
  return {
    azure,
    client,
    state: new StackState(),
    async close() {
      await client.close();
      await azure.close();
    },
  };
}
