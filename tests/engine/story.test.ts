import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { cliHost } from "@microservice-identities/test-support/pipelines/cliHost";
import { describeStory } from "@microservice-identities/test-support/pipelines/story";

// The CLI deploys several times for each deployment of the three stacks.
jest.setTimeout(1_800_000);

if (pulumiWithAzure() === undefined) {
  it.skip("the story of a change with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describeStory("the Pulumi CLI and the policy pack", {
    hostOf: cliHost,
    // The CLI also counts the component of the call.
    previewed: /Resources:\n +\+ 1 to create\n +~ 2 to update\n +3 changes/,
    drifted: /== Drift since the last deployment\n.*~ 1 to update\n.*no changes were expected/s,
  });
}
