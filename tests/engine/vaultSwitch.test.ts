import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { describeVaultSwitch } from "@microservice-identities/test-support/vaultSwitch";

// The azuread provider checks for 20 s that deleted objects do not reappear.
jest.setTimeout(600_000);

if (pulumiWithAzure() === undefined) {
  it.skip("vaults that change to Azure RBAC with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describeVaultSwitch("a Pulumi CLI", PulumiCliStack.create);
}
