import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { setAllConfig } from "@pulumi/pulumi/runtime/config";
import { disconnect, setMockOptions } from "@pulumi/pulumi/runtime/settings";
import { runInPulumiStack } from "@pulumi/pulumi/runtime/stack";
import type { Monitor } from "./monitor";
import { type ProgramTarget, targetElsewhere, targetHere } from "./programTarget";
import type { Project } from "./project";
import { DeploymentError, reasonOf } from "./stack";

/** A run of a program, and the handler of its requests. */
export interface ProgramRun {
  readonly project: Project;
  readonly stack: string;
  readonly config: Readonly<Record<string, string>>;
  readonly monitor: Monitor;
  readonly preview: boolean;
  /** Default: none, as in an evaluation. */
  readonly target?: ProgramTarget;
  /** Promises to await after the program has ended. Only for a program in this process. */
  afterwards?(): Promise<void>;
}

/** Runs a function as the program, as Pulumi's Automation API does: it fails with the first unhandled rejection. */
export async function runInProcess(
  program: () => Promise<unknown>,
  { project, stack, config, monitor, preview, target, afterwards }: ProgramRun,
): Promise<void> {
  const failures = new Set<string>();
  const run = async () => {
    setMockOptions(monitor.direct(), project.name, stack, preview, "organization");
    setAllConfig(config, []);
    await runInPulumiStack(program);
    await disconnect();
    await afterwards?.();
  };
  const undo = target && targetHere(target);
  const note = (reason: unknown) => failures.add(reasonOf(reason));
  process.on("unhandledRejection", note);
  const over = new AbortController();
  try {
    await Promise.race([run(), once(process, "unhandledRejection", { signal: over.signal })]);
  } catch (error) {
    note(error);
  } finally {
    await monitor.finished();
    // Node reports unhandled rejections only after the promises of the current turn.
    await setImmediate();
    monitor.close();
    process.off("unhandledRejection", note);
    over.abort();
    undo?.();
  }
  if (monitor.problems.length === 0 && failures.size === 0) return;
  throw new DeploymentError(stack, monitor.problems.length > 0 ? monitor.problems : [...failures]);
}

const leanSdk = require.resolve("../leanSdk");

/** Runs a program as the CLI's language host does. */
export async function runProgram({ project, stack, config, monitor, preview, target }: ProgramRun): Promise<void> {
  const address = await monitor.listen();
  const environment = target && (await targetElsewhere(target));
  const runner = createRequire(path.join(project.folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const program = spawn(
    process.execPath,
    [
      ...project.nodeArguments,
      // It is TypeScript, which such a project can load. Node loads it once, also if the project has it among its arguments.
      ...(project.nodeArguments.includes("tsx") ? ["--import", pathToFileURL(leanSdk).href] : []),
      runner,
      `--monitor=${address}`,
      `--engine=${address}`,
      `--project=${project.name}`,
      `--stack=${stack}`,
      "--organization=organization",
      `--root-directory=${project.folder}`,
      `--pwd=${project.main}`,
      "--parallel=64",
      ...(preview ? ["--dry-run"] : []),
      project.entryPoint,
    ],
    {
      cwd: project.main,
      env: {
        ...process.env,
        ...environment?.env,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: "[]",
        PULUMI_NODEJS_TYPESCRIPT: "false",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  // As the CLI does: if a resource failed, the program's own error is not reported.
  monitor.onFailed = () => program.kill("SIGKILL");
  try {
    const output = collected(program);
    const [code, signal] = (await once(program, "close")) as [number | null, string | null];
    await monitor.finished();
    if (code !== 0 || monitor.problems.length > 0)
      throw new DeploymentError(stack, problemsOf(monitor, output(), signal ?? `exit code ${code}`));
  } finally {
    monitor.close();
    program.kill();
    await environment?.remove();
  }
}

/**
 * The causes of a failed deployment. A program that waits for a failed resource fails too, and the SDK reports that again, with a
 * stack trace that contains no further cause.
 */
function problemsOf(monitor: Monitor, output: string, ending: string): readonly string[] {
  const causes = monitor.problems.filter((problem) => !followsFailure.test(problem));
  if (causes.length > 0) return [...new Set(causes)];
  return monitor.problems.length > 0
    ? monitor.problems
    : [`the program ended with ${ending}`, ...(output ? [output] : [])];
}

const followsFailure = /failed to register new resource|resource \S+ \[\S+\] failed to register/;

function collected(program: ChildProcess): () => string {
  let text = "";
  for (const stream of [program.stdout, program.stderr])
    stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text.trim();
}
