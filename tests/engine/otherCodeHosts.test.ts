import { pulumiWithAzure } from "@microservice-identities/test-support/azureNative/onPath";
import { cliHost } from "@microservice-identities/test-support/pipelines/cliHost";
import { describeOtherCodeHosts } from "@microservice-identities/test-support/pipelines/otherCodeHosts";

// The CLI deploys several times for each deployment of the three stacks.
jest.setTimeout(1_800_000);

if (pulumiWithAzure() === undefined) {
  it.skip("GitLab CI and Azure Pipelines with a Pulumi CLI (skipped: there is no Pulumi CLI on the PATH)", () => {});
} else {
  describeOtherCodeHosts("the Pulumi CLI and the policy pack", cliHost);
}
