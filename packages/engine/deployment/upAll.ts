import type { DeploymentOptions, DeploymentResult, Stack } from "./stack";

/**
 * Deploys stacks one after the other, and then once more those with calls that waited for a later one.
 *
 * @returns the last result of each, in the order given
 */
export async function upAll(stacks: readonly Stack[], options: DeploymentOptions = {}): Promise<DeploymentResult[]> {
  const results: DeploymentResult[] = [];
  for (const stack of stacks) results.push(await stack.up(options));
  for (const [index, { outputs }] of results.entries()) {
    const { pendingCalls } = outputs as { pendingCalls?: readonly string[] };
    const stack = stacks[index];
    if (stack && pendingCalls && pendingCalls.length > 0) results[index] = await stack.up(options);
  }
  return results;
}
