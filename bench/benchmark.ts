import type { Row } from "./measure";

/** Receives each row as soon as it is measured: a benchmark of many minutes saves its rows, so that an interrupted run can be resumed. */
export interface Progress {
  /** Prints the rows, and saves them if the run is saved. */
  measured(...rows: readonly Row[]): Promise<void>;
  /** Saves a picture beside the saved rows, if they are saved. */
  picture(file: string, svg: string): Promise<void>;
  /** Whether the run that is resumed measured all of these rows at least so often. */
  has(runs: number, ...whats: readonly string[]): boolean;
  /** The result of a row that the run that is resumed measured; undefined if it did not. */
  result(what: string): number | undefined;
}

/** The size of a run. */
export interface Extent {
  /** How often each row is measured. A benchmark whose runs take minutes stops after three. */
  readonly runs: number;
  /** The number of services of the largest deployed landscape. Default: as in the table. */
  readonly services?: number;
}

/** One of the benchmarks that `--only` names. */
export interface Benchmark {
  /** The title of its rows in the table. */
  readonly titles: readonly string[];
  /** The approximate duration in minutes, with the number of runs of the table in docs/performance.md. */
  readonly minutes: number;
  /** Whether it needs only what `npm ci` installs. Default: yes. */
  readonly needsMore?: true;
  measure(extent: Extent, progress: Progress): Promise<void>;
}

/** A benchmark that reports all of its rows together, at its end. */
export const asAWhole = (
  titles: readonly string[],
  minutes: number,
  measure: (runs: number) => Promise<Row[]>,
): Benchmark => ({
  titles,
  minutes,
  measure: async ({ runs }, progress) => progress.measured(...(await measure(runs))),
});
