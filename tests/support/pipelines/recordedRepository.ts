import type { CommandCall } from "./commandServer";
import { pipelineFiles, playedRepository } from "./playedRepository";
import { recordedCommands } from "./recordedCommands";
import { shopEnvironments } from "./shopEnvironments";
import type { WorkflowResult } from "./workflowRun";

/** A repository with our workflows, whose commands do nothing but are recorded. @param changes of the workflows' texts */
export async function recordedRepository(changes: Parameters<typeof pipelineFiles>[0] = {}) {
  /** The environments whose reviewers were asked. */
  const asked: string[] = [];
  /** What the review says, which command fails, whose reviewers refuse, and what happens while a command runs. */
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
  const environments = shopEnvironments({
    approve: async (environment) => {
      asked.push(environment);
      return environment !== answers.refusing;
    },
  });
  const actions = { "azure/login": async () => undefined };
  const variables = {
    DEV_PREVIEWER_CLIENT_ID: "previewer of dev",
    DEV_REGISTRAR_OBJECT_ID: "object of the registrar of dev",
  };
  const played = await playedRepository({ commands, environments, actions, variables }, await pipelineFiles(changes));
  /** The deployments with their identity, and the proofs, in their order, since the last time. */
  const deployments = (): string[] =>
    calls.splice(0).flatMap(({ line, clientId }) => {
      const stack = /--stack (\w+)/.exec(line)?.[1];
      if (/^npm run (--silent )?up/.test(line)) return [`${stack} as the ${clientId}`];
      return line.startsWith("npm run verify") ? ["proof"] : [];
    });
  return { ...played, asked, answers, calls, deployments };
}

export const resultsOf = ({ jobs }: WorkflowResult): string[] => jobs.map(({ name, result }) => `${name}: ${result}`);
