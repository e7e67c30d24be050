import type { Row } from "./measure";

/** What has been measured so far: a benchmark of many minutes saves each row, so that an interrupted run can be resumed. */
export interface Progress {
  /** Prints the rows, and saves them if the run is saved. */
  measured(...rows: readonly Row[]): Promise<void>;
  /** Whether all of these rows were measured by the run that is resumed. */
  has(...whats: readonly string[]): boolean;
}

/** How much is measured. */
export interface Extent {
  /** How often each is measured. A benchmark whose runs take minutes stops at three. */
  readonly runs: number;
  /** The services of the largest landscape that is deployed. Default: as in the table. */
  readonly services?: number;
}

/** One of the benchmarks that `--only` names. */
export interface Benchmark {
  /** Of its rows, in the table. */
  readonly titles: readonly string[];
  /** How many minutes a run of it takes, with the number of runs that the table has: about. */
  readonly minutes: number;
  /** Whether it needs only what `npm ci` installs. Default: yes. */
  readonly needsMore?: true;
  measure(extent: Extent, progress: Progress): Promise<void>;
}

/** A benchmark that is measured as a whole. */
export const asAWhole = (
  titles: readonly string[],
  minutes: number,
  measure: (runs: number) => Promise<Row[]>,
): Benchmark => ({
  titles,
  minutes,
  measure: async ({ runs }, progress) => progress.measured(...(await measure(runs))),
});
