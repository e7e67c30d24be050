import { type DeploymentOptions, type DeploymentResult, noOperations, type Stack } from "./stack";

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

/** What several deployments did together, without their outputs. */
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
