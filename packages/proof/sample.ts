/** The sample of refusals to try, because a real tenant should not get requests for all of them. */
export interface Sample {
  /** How many. */
  readonly size: number;
  /** The same seed tries the same ones. */
  readonly seed: number;
}

/** Some of the items, in their order. The same seed selects the same ones. */
export function sampleOf<T>(items: readonly T[], { size, seed }: Sample): T[] {
  const random = generator(seed);
  const indexes = items.map((_, index) => index);
  // Fisher and Yates, as far as it is needed.
  for (let at = 0; at < Math.min(size, indexes.length); at++) {
    const other = at + Math.floor(random() * (indexes.length - at));
    [indexes[at], indexes[other]] = [indexes[other] as number, indexes[at] as number];
  }
  const chosen = new Set(indexes.slice(0, size));
  return items.filter((_, index) => chosen.has(index));
}

/** Everything that must work, and a sample of everything that must be refused. */
export function withSampledRefusals<T>(
  all: readonly T[],
  hasToWork: (item: T) => boolean,
  refusals: Sample | undefined,
): readonly T[] {
  if (!refusals) return all;
  const rest = all.filter((item) => !hasToWork(item));
  return [...all.filter(hasToWork), ...sampleOf(rest, refusals)];
}

/** Mulberry32: numbers from 0 to 1 that depend on a seed. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
