import type { Verdict } from "./assumption";
import { verdict } from "./assumption";
import type { Lab, Waited } from "./lab";

/**
 * Measures a duration as often as the option `--tries` demands.
 *
 * @param limitSeconds the assumed maximum
 * @param once makes one measurement
 */
export async function durations(lab: Lab, limitSeconds: number, once: () => Promise<Waited>): Promise<Verdict> {
  const measured: Waited[] = [];
  for (let n = 1; n <= lab.settings.tries; n++) {
    lab.progress(`${n} of ${lab.settings.tries}`);
    measured.push(await once());
  }
  const times = measured.flatMap(({ milliseconds }) => milliseconds ?? []).sort((one, other) => one - other);
  const relapses = measured.filter((each) => each.relapses > 0).length;
  const atOnce = measured.filter(({ misses }) => misses === 0).length;
  const missing = measured.length - times.length;
  const longest = times.at(-1) ?? 0;
  return verdict(
    // The state between two observations is unknown, so only an observation after the limit refutes the assumption.
    measured.every(({ lastMissed }) => lastMissed <= limitSeconds * 1000) && missing === 0,
    `${atOnce} of ${measured.length} at once; median ${inSeconds(at(times, 0.5))}, ` +
      `90 % within ${inSeconds(at(times, 0.9))}, longest ${inSeconds(longest)}; assumed: at most ${limitSeconds} s` +
      (relapses > 0 ? `; ${relapses} saw an older state again after the new one` : "") +
      (missing > 0 ? `; ${missing} not within ${lab.settings.patienceSeconds} s` : ""),
  );
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;

const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
