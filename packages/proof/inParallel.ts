const parallel = 8;

/**
 * Processes the items, several at a time.
 *
 * @param turn each item waits for this before it begins
 * @returns the results, in the order of the items
 */
export async function inParallel<T, R>(
  items: readonly T[],
  turn: () => Promise<void>,
  work: (item: T) => Promise<R>,
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
