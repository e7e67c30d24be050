import { seededRandom } from "./seededRandom";

/** The sample of refusals to try, because a real tenant should not get requests for all of them. */
export interface Sample {
  /** How many. */
  readonly size: number;
  /** The same seed tries the same ones. */
  readonly seed: number;
}

/** Some of the items, in their order. The same seed selects the same ones. */
export function sampleOf<T>(items: readonly T[], { size, seed }: Sample): T[] {
  const random = seededRandom(seed);
  const indexes = items.map((_, index) => index);
  // A Fisher–Yates shuffle of only as many items as needed.
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
