import { originOf } from "../gitOrigin";
import { recordedCommands } from "../recordedCommands";
import { pipelineFiles } from "../simulatedRepository";
import type { ProjectVariable } from "./pipelineRun";
import { SimulatedGitLab } from "./simulatedGitLab";

const stacks = ["dev", "staging", "prod"];
const projects: { close(): Promise<void> }[] = [];

/** Stops everything that the tests of a file have started. */
export async function closeProjects(): Promise<void> {
  await Promise.all(projects.splice(0).map((each) => each.close()));
}

/** The variables that docs/environments.md describes. */
export const projectVariables = (textOf: (name: string, stack: string) => string): ProjectVariable[] =>
  stacks.flatMap((stack) =>
    [
      ...["AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "REGISTRAR_CLIENT_ID", "REGISTRAR_OBJECT_ID"],
      ...["CONSENTER_CLIENT_ID", "PULUMI_BACKEND_URL"],
    ].map((name) => ({ name, value: textOf(name, stack), environment: `${stack}*`, onlyProtected: true })),
  );

/** The protected environments that docs/environments.md describes. */
export const protectedEnvironments = (approve: (environment: string) => Promise<boolean>) =>
  Object.fromEntries(
    stacks.flatMap((stack) =>
      [stack, `${stack}-consent`, `${stack}-daily`].map((name) => [
        name,
        name === "prod" || name.endsWith("-consent") ? { approve: () => approve(name) } : {},
      ]),
    ),
  );

/**
 * A project with the pipelines of this project, whose commands are only recorded.
 *
 * @param changes functions that change a file's text, by the file's name
 */
export async function recordedProject(changes: Parameters<typeof pipelineFiles>[0] = {}) {
  const origin = await originOf(await pipelineFiles(changes));
  const { commands, approve, ...recorded } = recordedCommands();
  const gitlab = await SimulatedGitLab.start({
    ...{ origin, commands },
    variables: projectVariables((name, stack) => `${name.replace("_CLIENT_ID", "").toLowerCase()} of ${stack}`),
    environments: protectedEnvironments(approve),
  });
  projects.push(gitlab, origin);
  return { gitlab, origin, ...recorded };
}
