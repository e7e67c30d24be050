/**
 * The existing name that somebody probably meant, for messages.
 *
 * @returns for example ` Did you mean "orders"?` with a blank before it; empty if no name is similar
 */
export function didYouMean(name: string, existing: readonly string[]): string {
  const [nearest] = existing
    .filter((other) => other !== name)
    .map((other) => ({ other, distance: distance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, distance }) => distance <= Math.max(1, Math.floor(Math.min(name.length, other.length) / 3)))
    .sort((one, two) => one.distance - two.distance);
  return nearest ? ` Did you mean ${JSON.stringify(nearest.other)}?` : "";
}

/**
 * How many letters must be inserted, deleted, replaced or exchanged with their neighbour to turn one word into the other.
 * https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance (optimal string alignment)
 */
function distance(from: string, to: string): number {
  // Nobody misspells a name of this length by a few letters, and the time grows with both lengths.
  if (from.length > 60 || to.length > 60) return Number.POSITIVE_INFINITY;
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isExchanged = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isExchanged ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(from.length, to.length);
}
