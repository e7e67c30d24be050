import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { describeMishaps } from "@microservice-identities/test-support/mishaps";

// The azuread provider checks for 20 s that deleted objects do not reappear.
jest.setTimeout(600_000);

if (pulumiWithAzure() === undefined) {
  it.skip("manual changes to a stack with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describeMishaps("a Pulumi CLI", PulumiCliStack.create);
}
