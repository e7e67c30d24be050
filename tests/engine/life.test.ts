import { BuiltInStack } from "@microservice-identities/engine/deployment/builtInEngine";
import { PulumiCliStack } from "@microservice-identities/engine/deployment/pulumiCli";
import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { describeLife } from "@microservice-identities/test-support/life";

// The azuread provider checks for 20 s that deleted objects do not reappear.
jest.setTimeout(600_000);

if (pulumiWithAzure() === undefined) {
  it.skip("the life of a stack with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  const host = { createStack: PulumiCliStack.create, stateFolderOf: ({ folder }: PulumiCliStack) => folder };
  describeLife("a Pulumi CLI", host);
  describeLife("a Pulumi CLI with Entra's delays of 2026", { ...host, faults: { preset: "entra-2026" } });
}
describeLife("the built-in engine with Entra's delays of 2026", {
  createStack: async (options) => new BuiltInStack(options),
  faults: { preset: "entra-2026" },
});
