import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { describeMishaps } from "@microservice-identities/test-support/mishaps";

// The azuread provider looks for 20 s whether what it deleted is really gone.
jest.setTimeout(600_000);

if (pulumiWithAzure() === undefined) {
  it.skip("what people do to a stack with a Pulumi CLI (skipped: there is no pulumi on PATH)", () => {});
} else {
  describeMishaps("a Pulumi CLI", PulumiCliStack.create);
}
