export interface ParallelOptions {
  /** How many items are processed at the same time. Default 8. */
  readonly parallel?: number;
  /** Each item waits for this before it begins. Default: it does not wait. */
  readonly turn?: () => Promise<void>;
}

/**
 * Processes the items, several at a time.
 *
 * @returns the results, in the order of the items
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { parallel = 8, turn = async () => {} }: ParallelOptions = {},
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) {
      await turn();
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}
