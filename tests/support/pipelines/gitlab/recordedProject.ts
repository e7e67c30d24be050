import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CommandCall } from "../commandServer";
import { gitOrigin } from "../gitOrigin";
import { pipelineFiles } from "../playedRepository";
import { recordedCommands } from "../recordedCommands";
import type { GitLabRun, ProjectVariable } from "./pipelineRun";
import { PlayedGitLab } from "./playedGitLab";

const stacks = ["dev", "staging", "prod"];
const projects: { close(): Promise<void> }[] = [];

/** Ends what the tests of a file have started. */
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

/** A project with our pipelines, whose commands do nothing but are recorded. @param changes of the files' texts, by their names */
export async function recordedProject(changes: Parameters<typeof pipelineFiles>[0] = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "project-"));
  for (const [file, text] of Object.entries(await pipelineFiles(changes))) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
  const origin = await gitOrigin(folder);
  await rm(folder, { recursive: true });
  const asked: string[] = [];
  const answers: {
    consents: boolean;
    failing?: string;
    refusing?: string;
    during?: (call: CommandCall) => Promise<void> | void;
  } = { consents: true };
  const { commands, calls } = recordedCommands({
    consents: () => answers.consents,
    failing: () => answers.failing,
    during: (call) => answers.during?.(call),
  });
  const gitlab = await PlayedGitLab.start({
    ...{ origin, commands },
    variables: projectVariables((name, stack) => `${name.replace("_CLIENT_ID", "").toLowerCase()} of ${stack}`),
    environments: protectedEnvironments(async (environment) => {
      asked.push(environment);
      return environment !== answers.refusing;
    }),
  });
  projects.push(gitlab, origin);
  /** The deployments with their identity, and the proofs, in their order, since the last time. */
  const deployments = (): string[] =>
    calls.splice(0).flatMap(({ line, clientId }) => {
      const stack = /--stack (\w+)/.exec(line)?.[1];
      if (/^npm run (--silent )?up/.test(line)) return [`${stack} as the ${clientId}`];
      return line.startsWith("npm run verify") ? ["proof"] : [];
    });
  return { gitlab, origin, asked, answers, calls, deployments };
}

export const resultsOf = ({ jobs }: GitLabRun): string[] => jobs.map(({ name, result }) => `${name}: ${result}`);
