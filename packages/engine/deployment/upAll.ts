import type { DeploymentOptions, DeploymentResult, Stack } from "./stack";

/**
 * Deploys stacks one after the other, and then once more those with calls that waited for a later one.
 *
 * @returns the last result of each, in the order given
 */
export async function upAll(deployers: readonly Stack[], options: DeploymentOptions = {}): Promise<DeploymentResult[]> {
  const results: DeploymentResult[] = [];
  for (const deployer of deployers) results.push(await deployer.up(options));
  for (const [index, { outputs }] of results.entries()) {
    const { pendingCalls } = outputs as { pendingCalls?: readonly string[] };
    const deployer = deployers[index];
    if (deployer && pendingCalls && pendingCalls.length > 0) results[index] = await deployer.up(options);
  }
  return results;
}
