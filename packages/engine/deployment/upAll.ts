import { type DeploymentOptions, type DeploymentResult, noOperations, type Stack } from "./stack";

/** Deploys one of several stacks. @param index its position */
export type Up = (stack: Stack, options: DeploymentOptions, index: number) => Promise<DeploymentResult>;

/**
 * Deploys stacks one after the other, and then again the stacks with calls that had to wait for a later stack.
 *
 * @param up default: each stack's own `up`
 * @returns the last result of each, in the order given
 */
export async function upAll(
  stacks: readonly Stack[],
  options: DeploymentOptions = {},
  up: Up = (stack, given) => stack.up(given),
): Promise<DeploymentResult[]> {
  const results: DeploymentResult[] = [];
  for (const [index, stack] of stacks.entries()) results.push(await up(stack, options, index));
  for (const [index, { outputs }] of results.entries()) {
    const { pendingCalls } = outputs as { pendingCalls?: readonly string[] };
    const stack = stacks[index];
    if (stack && pendingCalls && pendingCalls.length > 0) results[index] = await up(stack, options, index);
  }
  return results;
}

/** The combined result of several deployments, without outputs. */
export function sumOf(results: readonly DeploymentResult[]): Omit<DeploymentResult, "outputs"> {
  const operations = noOperations();
  const resources: Record<string, number> = {};
  for (const result of results) {
    add(operations, result.operations);
    add(resources, result.resources);
  }
  const engines = new Set(results.map(({ engine }) => engine));
  return { engine: [...engines].join(", "), operations, resources };
}

function add(sum: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(counts)) sum[key] = (sum[key] ?? 0) + count;
}
