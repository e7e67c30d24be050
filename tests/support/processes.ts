import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";

export const projectFolder = path.resolve(__dirname, "../..");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program until it exits. */
export async function run(
  file: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string } = {},
): Promise<Finished> {
  const child = spawn(file, args, {
    cwd: options.cwd ?? projectFolder,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    // Without input there is no pipe: writing to a program that has exited without reading would fail.
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk) => (stdout += chunk));
  child.stderr?.on("data", (chunk) => (stderr += chunk));
  child.stdin?.end(options.input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** The file that an npm script runs, for example `cli/rotationYear.ts` for `rotation-year`. */
function fileOf(script: string): string {
  const { scripts } = JSON.parse(readFileSync(path.join(projectFolder, "package.json"), "utf8"));
  const file = /^node --import tsx (\S+)$/.exec(scripts[script] ?? "")?.[1];
  if (file === undefined) throw new Error(`there is no npm script ${script} that runs a file`);
  return file;
}

/** The environment of a command. */
export interface CommandOptions {
  /** More environment variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** The folder of the project in which the command runs. Default: this project, with the team's changes. */
  readonly project?: string;
}

/** Runs a command in the same way as its npm script. */
export const runCommand = (name: string, ...args: string[]): Promise<Finished> => runCommandIn({}, name, ...args);

/** Runs a command in another environment or in a test's project. */
export const runCommandIn = ({ env, project }: CommandOptions, name: string, ...args: string[]): Promise<Finished> =>
  run(process.execPath, ["--import", "tsx", fileOf(name), ...args], { env, cwd: project });
