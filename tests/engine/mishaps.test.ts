import { findPulumiCli } from "@microservice-identities/engine/deployment/openStack";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { describeMishaps } from "@microservice-identities/test-support/mishaps";

// The azuread provider looks for 20 s whether what it deleted is really gone.
jest.setTimeout(600_000);

if (findPulumiCli() === undefined) {
  it.skip("what people do to a stack with a Pulumi CLI (skipped: there is no pulumi on PATH)", () => {});
} else {
  describeMishaps("a Pulumi CLI", PulumiCliStack.create, {
    // Not every provider for Azure that this runs with can import; the built-in engine is put through it.
    importsVaults: false,
  });
}
