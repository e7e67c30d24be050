import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { projectFolder } from "../cli/projectFolder";
import { inTurn, limitRow, type Row, ratioRow, runNode, seconds, spreadOf } from "./measure";

const benchmark = "everyday";
const run = promisify(execFile);

/** How long npm takes in the project's folder. @throws Error if it fails */
const npm = (...args: string[]): Promise<number> =>
  seconds(() => run("npm", args, { cwd: projectFolder, maxBuffer: 2 ** 26 }));

/** The durations that a developer waits for, compared with the usual tools and defaults. */
export async function everyday(runs: number): Promise<Row[]> {
  const at = (file: string) => path.join(projectFolder, "node_modules", file);
  const jest = at("jest/bin/jest.js");
  const unit = ["--runInBand", "--silent", "tests/components"];
  const measured = await inTurn(Math.min(runs, 3), {
    typecheck: () => runNode([at("typescript/bin/tsc"), "--noEmit"], { cwd: projectFolder }),
    swc: () => runNode([jest, "--no-cache", ...unit], { cwd: projectFolder }),
    typed: async () => {
      // As in a project whose test command checks the types too.
      const tests = await runNode([jest, "--no-cache", ...unit], { cwd: projectFolder });
      const types = await runNode([at("typescript/bin/tsc"), "--noEmit"], { cwd: projectFolder });
      return tests.seconds + types.seconds;
    },
    start: () => npm("start", "--", "--engine", "built-in", "--report", "reports/bench.html"),
    review: () => npm("run", "review"),
  });
  const { stdout } = await run("du", ["-sm", at("")]);
  const { stdout: azureNative } = await run("du", ["-sm", at("@pulumi/azure-native")]);
  const alone = (what: string, seconds: readonly number[]): Row => ({
    benchmark,
    what,
    unit: "s",
    ours: spreadOf(seconds),
  });
  return [
    alone("type-check of everything", measured.typecheck.seconds),
    ratioRow({
      benchmark,
      what: "tests of the components with swc, compared with the same tests and a type-check of everything",
      unit: "s",
      ours: measured.swc.seconds,
      other: measured.typed.seconds,
    }),
    limitRow({
      benchmark,
      what: "npm start, with the built-in engine",
      unit: "s",
      ours: measured.start.seconds,
      atMost: 5,
      bound:
        "npm, and then three processes that load their libraries one after the other: the command with the local Azure, the program, and the client of the proof",
    }),
    limitRow({
      benchmark,
      what: "npm run review of the shop",
      unit: "s",
      ours: measured.review.seconds,
      atMost: 1,
      bound:
        "npm, and then two processes: the review loads tsx, zod and the TypeScript parser, and the program is evaluated in a process of its own, where it cannot change what the review says",
    }),
    ratioRow({
      benchmark,
      what: "install size, compared with azure-native alone",
      unit: "MB",
      ours: [Number.parseInt(stdout, 10)],
      other: [Number.parseInt(azureNative, 10)],
    }),
  ];
}
