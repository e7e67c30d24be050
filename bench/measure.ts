import { spawn } from "node:child_process";
import { once } from "node:events";

/** The results of repeated measurements. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || values.some((value) => !Number.isFinite(value) || value < 0))
    throw new Error(`not measured: ${values.join(", ") || "nothing"}`);
  const sorted = [...values].sort((one, other) => one - other);
  const at = (index: number) => sorted[index] as number;
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1), runs: sorted.length };
}

/** How long the work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/** One row of the table. */
export interface Row {
  /** The title of the benchmark, for example `cold start`. */
  readonly benchmark: string;
  /** The measured quantity, and what it is compared with. */
  readonly what: string;
  readonly unit: "s" | "ms" | "MB" | "1/s" | "requests" | "resources" | "writes" | "files";
  readonly ours: Spread;
  /** The results of the alternative; absent if the row has none. */
  readonly other?: Spread;
  /** Our median divided by the alternative's. */
  readonly ratio?: number;
  /** The goal in words. */
  readonly goal?: string;
  readonly met?: boolean;
  /** Why the goal is not met, if it is not. */
  readonly bound?: string;
}

type RowOfRatio = Omit<Row, "ours" | "other" | "ratio" | "goal" | "met"> & {
  readonly ours: readonly number[];
  readonly other: readonly number[];
  /** The highest ratio that meets the goal. */
  readonly atMost?: number;
  readonly atLeast?: number;
};

/** A row whose goal is a ratio of two measurements of one run. A busy machine changes it little. */
export function ratioRow({ ours, other, atMost, atLeast, ...row }: RowOfRatio): Row {
  const [one, two] = [spreadOf(ours), spreadOf(other)];
  const ratio = one.median / two.median;
  const goal = atMost !== undefined ? `≤ ${atMost}×` : atLeast !== undefined ? `≥ ${atLeast}×` : undefined;
  const met = atMost !== undefined ? ratio <= atMost : atLeast !== undefined ? ratio >= atLeast : undefined;
  return { ...row, ours: one, other: two, ratio, goal, met };
}

/** A row without a goal. */
export function valueRow(row: Omit<Row, "ours" | "goal" | "met"> & { ours: readonly number[] }): Row {
  return { ...row, ours: spreadOf(row.ours) };
}

/** A row whose goal is an absolute figure. */
export function limitRow(row: Omit<Row, "ours" | "goal" | "met"> & { ours: readonly number[]; atMost: number }): Row {
  const { ours, atMost, ...rest } = row;
  const spread = spreadOf(ours);
  return { ...rest, ours: spread, goal: `≤ ${atMost} ${row.unit}`, met: spread.median <= atMost };
}

export interface ProcessRun {
  readonly seconds: number;
  /** Its peak memory, in MB. */
  readonly megabytes: number;
  readonly stdout: string;
  /** The answer to its task. */
  readonly answer?: unknown;
}

/**
 * The peak memory that a process reports at its end, in KB. On Linux, maxRSS was seen to start at the memory of the parent
 * at the time of the start, so the process reads its own peak from another source.
 */
const reportMemory = `
import { existsSync, readFileSync } from "node:fs";
const own = () => /VmHWM:\\s+(\\d+)/.exec(existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "")?.[1];
process.on("exit", () => process.stderr.write("\\nmaxrss " + (own() ?? process.resourceUsage().maxRSS) + "\\n"));
`;

/**
 * Runs a Node program to its end.
 *
 * @throws Error if its exit code is not 0: a failed run is not a measurement
 */
export async function runNode(
  args: readonly string[],
  { cwd, env, task }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly task?: object } = {},
): Promise<ProcessRun> {
  const begun = performance.now();
  const preload = `data:text/javascript,${encodeURIComponent(reportMemory)}`;
  const child = spawn(process.execPath, ["--import", preload, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", ...(task ? (["ipc"] as const) : [])],
    serialization: "advanced",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk) => (stdout += chunk));
  child.stderr?.on("data", (chunk) => (stderr += chunk));
  let answer: unknown;
  child.on("message", (message) => (answer = message));
  if (task) child.send(task);
  const [code] = (await once(child, "close")) as [number | null];
  const seconds = (performance.now() - begun) / 1000;
  const kilobytes = /\nmaxrss (\d+)\n/.exec(stderr)?.[1];
  if (code !== 0 || kilobytes === undefined)
    throw new Error(`${args.join(" ")} ended with ${code}: ${stderr.slice(0, 800)}`);
  return { seconds, megabytes: Number(kilobytes) / 1024, stdout, answer };
}

/** Repeats several measurements in turn, so that a slow machine affects all of them equally. */
export async function inTurn<T extends string>(
  rounds: number,
  measurements: Readonly<Record<T, () => Promise<number | ProcessRun>>>,
  onRound: (round: number) => void = () => {},
): Promise<Record<T, { seconds: number[]; megabytes: number[] }>> {
  const names = Object.keys(measurements) as T[];
  const results = Object.fromEntries(names.map((name) => [name, { seconds: [], megabytes: [] }])) as unknown as Record<
    T,
    { seconds: number[]; megabytes: number[] }
  >;
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      const measured = await measurements[name]();
      const { seconds, megabytes } = typeof measured === "number" ? { seconds: measured, megabytes: 0 } : measured;
      results[name].seconds.push(seconds);
      results[name].megabytes.push(megabytes);
    }
    onRound(round);
  }
  return results;
}
