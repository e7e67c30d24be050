import { bootstrappedStacks, type HostMaker } from "./bootstrappedStacks";
import { githubIssuer } from "./idTokens";
import { shopEnvironments } from "./shopEnvironments";
import { SimulatedGitHub } from "./simulatedGitHub";

/** A repository at GitHub whose jobs the local Azure trusts. @param hostOf executes the deployments. Default: the built-in engine */
export async function deployedRepository(hostOf?: HostMaker) {
  const stacks = await bootstrappedStacks((stack) => (stack === "dev" ? { previewsPullRequests: true } : {}), hostOf);
  const { azure, origin, host, variablesOf, approve, idToken } = stacks;
  const ofDev = variablesOf("dev");
  const github = await SimulatedGitHub.start({
    origin,
    commands: host.commands,
    variables: {
      AZURE_TENANT_ID: azure.tenantId,
      DEV_SUBSCRIPTION_ID: azure.subscriptionId,
      DEV_PREVIEWER_CLIENT_ID: ofDev.PREVIEWER_CLIENT_ID ?? "",
      DEV_REGISTRAR_OBJECT_ID: ofDev.REGISTRAR_OBJECT_ID ?? "",
      DEV_PULUMI_BACKEND_URL: ofDev.PULUMI_BACKEND_URL ?? "",
    },
    environments: shopEnvironments({ variablesOf, approve }),
    actions: { "azure/login": async () => undefined, ...host.actions },
    signIdToken: (claims, audience) => idToken(githubIssuer, claims, audience),
  });
  return {
    ...stacks,
    github,
    async close() {
      await github.close();
      await stacks.close();
    },
  };
}
