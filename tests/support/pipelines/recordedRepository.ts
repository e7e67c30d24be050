import { recordedCommands } from "./recordedCommands";
import { shopEnvironments } from "./shopEnvironments";
import { pipelineFiles, simulatedRepository } from "./simulatedRepository";

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
  const simulated = await simulatedRepository(
    { commands, environments, actions, variables },
    await pipelineFiles(changes),
  );
  return { ...simulated, ...recorded };
}
