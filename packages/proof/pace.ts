import { setTimeout as delay } from "node:timers/promises";

/**
 * Spreads work evenly over each second, because a tenant refuses requests above its limits for a reason that has nothing to do
 * with the landscape.
 *
 * @param perSecond Default: no limit
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
