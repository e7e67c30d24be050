import { deployedWorld, type HostMaker } from "./deployedWorld";
import { githubIssuer } from "./idTokens";
import { PlayedGitHub } from "./playedGitHub";
import { shopEnvironments } from "./shopEnvironments";

/** A repository at GitHub whose jobs the local Azure trusts. @param hostOf carries out the deployments. Default: the built-in engine */
export async function deployedRepository(hostOf?: HostMaker) {
  const world = await deployedWorld((stack) => (stack === "dev" ? { previewsPullRequests: true } : {}), hostOf);
  const { azure, origin, host, variablesOf, approve, idToken } = world;
  const ofDev = variablesOf("dev");
  const github = await PlayedGitHub.start({
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
    ...world,
    github,
    async close() {
      await github.close();
      await world.close();
    },
  };
}
