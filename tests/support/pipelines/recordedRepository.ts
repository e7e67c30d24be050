import { pipelineFiles, playedRepository } from "./playedRepository";
import { recordedCommands } from "./recordedCommands";
import { shopEnvironments } from "./shopEnvironments";

/**
 * A repository with our workflows, whose commands do nothing but are recorded.
 *
 * @param changes of the workflows' texts
 * @param more variables of the repository
 */
export async function recordedRepository(
  changes: Parameters<typeof pipelineFiles>[0] = {},
  more: Readonly<Record<string, string>> = {},
) {
  const { commands, approve, ...recorded } = recordedCommands();
  const environments = shopEnvironments({ approve });
  const actions = { "azure/login": async () => undefined };
  const variables = {
    DEV_PREVIEWER_CLIENT_ID: "previewer of dev",
    DEV_REGISTRAR_OBJECT_ID: "object of the registrar of dev",
    ...more,
  };
  const played = await playedRepository({ commands, environments, actions, variables }, await pipelineFiles(changes));
  return { ...played, ...recorded };
}
