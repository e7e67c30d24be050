import { gitlabIssuer } from "@microservice-identities/well-known/clouds";
import { deployedWorld, type HostMaker } from "../deployedWorld";
import { PlayedGitLab, project } from "./playedGitLab";
import { projectVariables, protectedEnvironments } from "./recordedProject";

const tiers: Readonly<Record<string, string>> = { dev: "development", staging: "staging", prod: "production" };

/** A project on GitLab whose jobs the local Azure trusts. @param hostOf carries out the deployments. Default: the built-in engine */
export async function deployedProject(hostOf?: HostMaker) {
  const trustOf = (stack: string) => ({
    githubSubject: undefined,
    gitlab: { project: `project_path:${project}`, tier: tiers[stack] },
  });
  const world = await deployedWorld(trustOf, hostOf);
  const { origin, host, variablesOf, approve, idToken } = world;
  const gitlab = await PlayedGitLab.start({
    origin,
    commands: host.commands,
    variables: projectVariables((name, stack) => variablesOf(stack)[name] ?? ""),
    environments: protectedEnvironments(approve),
    signIdToken: (claims, audience) => idToken(gitlabIssuer, claims, audience),
  });
  return {
    ...world,
    gitlab,
    async close() {
      await gitlab.close();
      await world.close();
    },
  };
}
