import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { describeLife } from "@microservice-identities/test-support/life";

// The azuread provider looks for 20 s whether what it deleted is really gone.
jest.setTimeout(600_000);

if (findPulumiCli() === undefined) {
  it.skip("the life of a stack with a Pulumi CLI (skipped: there is no pulumi on PATH)", () => {});
} else {
  describeLife("a Pulumi CLI", PulumiCliStack.create, ({ folder }) => folder);
}
