import { setTimeout as delay } from "node:timers/promises";

/**
 * A turn for each piece of work, so many in a second and evenly: what is over a tenant's limits would be refused for a
 * reason of its own.
 *
 * @param perSecond Default: as fast as it goes
 * @param now milliseconds
 */
export function pace(
  perSecond: number | undefined,
  now: () => number = () => performance.now(),
  wait: (milliseconds: number) => Promise<unknown> = delay,
): () => Promise<void> {
  let next = Number.NEGATIVE_INFINITY;
  return async () => {
    if (perSecond === undefined) return;
    const turn = Math.max(now(), next);
    next = turn + 1000 / perSecond;
    if (turn > now()) await wait(turn - now());
  };
}
