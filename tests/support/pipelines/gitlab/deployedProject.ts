import { gitlabIssuer } from "@microservice-identities/well-known/clouds";
import { bootstrappedStacks, type HostMaker } from "../bootstrappedStacks";
import { projectVariables, protectedEnvironments } from "./recordedProject";
import { project, SimulatedGitLab } from "./simulatedGitLab";

const tiers: Readonly<Record<string, string>> = { dev: "development", staging: "staging", prod: "production" };

/** A project on GitLab whose jobs the local Azure trusts. @param hostOf executes the deployments. Default: the built-in engine */
export async function deployedProject(hostOf?: HostMaker) {
  const trustOf = (stack: string) => ({
    githubSubject: undefined,
    gitlab: { project: `project_path:${project}`, tier: tiers[stack] },
  });
  const stacks = await bootstrappedStacks(trustOf, hostOf);
  const { origin, host, variablesOf, approve, idToken } = stacks;
  const gitlab = await SimulatedGitLab.start({
    origin,
    commands: host.commands,
    variables: projectVariables((name, stack) => variablesOf(stack)[name] ?? ""),
    environments: protectedEnvironments(approve),
    signIdToken: (claims, audience) => idToken(gitlabIssuer, claims, audience),
  });
  return {
    ...stacks,
    gitlab,
    async close() {
      await gitlab.close();
      await stacks.close();
    },
  };
}
