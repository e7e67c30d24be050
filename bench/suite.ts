import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { projectFolder } from "../cli/projectFolder";
import type { Benchmark } from "./benchmark";
import { limitRow, type Row, spreadOf } from "./measure";

const benchmark = "suite";

interface SuiteRun {
  readonly seconds: number;
  /** Processor time of jest, its workers and all processes that the tests start, s. */
  readonly processorSeconds: number;
  /** How many of the slowest test files take half of the time of all. */
  readonly slowestHalf: number;
  readonly files: number;
}

/** What `npm test` takes, and what it spends the time on. */
export const suite: Benchmark = {
  titles: [benchmark],
  minutes: 7,
  async measure({ runs }, progress) {
    const measured: SuiteRun[] = [];
    for (let run = 0; run < Math.min(runs, 3); run++) measured.push(await runSuite());
    const alone = (what: string, values: readonly number[], unit: Row["unit"] = "s"): Row => ({
      benchmark,
      what,
      unit,
      ours: spreadOf(values),
    });
    await progress.measured(
      limitRow({
        benchmark,
        what: "npm test",
        unit: "s",
        ours: measured.map(({ seconds }) => seconds),
        atMost: 120,
        bound:
          "its processor time, in the next row: two cores cannot do it faster than in half of that. Most of it are deployments, proofs, commands and packed packages that are run as users run them, in processes of their own",
      }),
      alone(
        "its processor time, with all processes that the tests start",
        measured.map(({ processorSeconds }) => processorSeconds),
      ),
      alone(
        "the slowest test files, which take half of the time",
        measured.map(({ slowestHalf }) => slowestHalf),
        "files",
      ),
      alone(
        "test files",
        measured.map(({ files }) => files),
        "files",
      ),
    );
  },
};

interface JestResults {
  readonly testResults: readonly { readonly startTime: number; readonly endTime: number }[];
}

/** @throws Error if a test failed: such a run may have done less */
async function runSuite(): Promise<SuiteRun> {
  const folder = await mkdtemp(path.join(tmpdir(), "suite-"));
  try {
    const results = path.join(folder, "results.json");
    const jest = path.join(projectFolder, "node_modules/jest/bin/jest.js");
    const begun = performance.now();
    // `times` prints the processor time of everything that the shell waited for.
    const child = spawn(
      "bash",
      [
        "-c",
        '"$@" >/dev/null 2>&1; code=$?; times; exit "$code"',
        "suite",
        process.execPath,
        jest,
        "--json",
        `--outputFile=${results}`,
      ],
      { cwd: projectFolder, stdio: ["ignore", "pipe", "inherit"] },
    );
    const [times, [code]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number | null]>]);
    const seconds = (performance.now() - begun) / 1000;
    if (code !== 0) throw new Error(`suite: npm test ended with ${code}; run it to see what failed`);
    const { testResults }: JestResults = JSON.parse(await readFile(results, "utf8"));
    const lasted = testResults.map(({ startTime, endTime }) => endTime - startTime).sort((one, other) => other - one);
    const half = lasted.reduce((sum, each) => sum + each, 0) / 2;
    let [slowestHalf, sum] = [0, 0];
    while (sum < half) sum += lasted[slowestHalf++] ?? half;
    return { seconds, processorSeconds: ofChildren(times), slowestHalf, files: lasted.length };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The second line of `times`, as in `4m17.310s 0m41.020s`: user and system. */
function ofChildren(times: string): number {
  const parts = [...(times.trim().split("\n").at(1) ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) throw new Error(`suite: not the output of times: ${times}`);
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}
