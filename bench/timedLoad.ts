export interface TimedLoad {
  readonly perSecond: number;
  /** The duration of each request in milliseconds, shortest first. */
  readonly times: readonly number[];
}

/** Sends requests for some seconds over a number of connections, one after the other on each. */
export async function timedLoad(ask: () => Promise<void>, connections: number, seconds: number): Promise<TimedLoad> {
  const times: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let now = performance.now(); now < end; ) {
        await ask();
        const after = performance.now();
        times.push(after - now);
        now = after;
      }
    }),
  );
  const elapsed = (performance.now() - begun) / 1000;
  times.sort((one, other) => one - other);
  return { perSecond: times.length / elapsed, times };
}

/** The time within which the given share of the requests was answered. */
export const percentile = (times: readonly number[], share: number): number =>
  times[Math.floor(times.length * share)] ?? 0;
