import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Contexts, type Expressions, isTruthy, textOf } from "./expressions";
import type { WorkflowJob, WorkflowStep } from "./workflowFile";

export type Result = "success" | "failure" | "skipped" | "cancelled";

/** The effect of an action in the tests, instead of its code. */
export type ActionEffect = (call: {
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly environment: NodeJS.ProcessEnv;
  log(text: string): void;
}) => Promise<Readonly<Record<string, string>> | undefined>;

export interface StepRun {
  /** Its name, its script's first line, or its action. */
  readonly name: string;
  readonly outcome: Result;
}

export interface JobMachine {
  readonly expressions: Expressions;
  /** Empty folders of this job. */
  readonly workspace: string;
  readonly temporary: string;
  /** The environment variables of the machine, and those that GitHub sets. */
  readonly environment: NodeJS.ProcessEnv;
  /** The effects by the action's name without its version, for example `actions/checkout`. */
  readonly actions: Readonly<Record<string, ActionEffect>>;
  /** Ends the running step, because the run is cancelled or its machine is lost. */
  readonly signal: AbortSignal;
  log(text: string): void;
}

/** Runs the steps of a job, as a hosted Linux runner does. */
export async function runSteps(
  { steps, env = {}, outputs = {} }: WorkflowJob,
  contexts: Contexts,
  machine: JobMachine,
): Promise<{ result: Result; outputs: Record<string, string>; steps: StepRun[] }> {
  const { expressions, signal } = machine;
  const known: Record<string, unknown> = {};
  const runs: StepRun[] = [];
  const files = await CommandFiles.in(machine.temporary);
  const jobEnv = texts(expressions.resolve(env, contexts));
  let failed = false;
  for (const step of steps) {
    // A lost machine runs no further step; a cancelled job still runs steps with `always()`.
    if (signal.reason === "lost") break;
    const cancelled = signal.aborted;
    const here = { ...contexts, steps: known, job: { status: failed ? "failure" : "success" } };
    const name = step.name ?? step.uses?.split("@")[0] ?? step.run?.split("\n")[0] ?? "";
    const status = { success: !failed && !cancelled, failure: failed && !cancelled, cancelled };
    const context = { ...here, env: { ...jobEnv, ...files.environment } };
    if (!isTruthy(expressions.evaluate(step.if, context, status))) {
      runs.push({ name, outcome: "skipped" });
      if (step.id) known[step.id] = { outcome: "skipped", conclusion: "skipped", outputs: {} };
      continue;
    }
    const stepEnv = texts(expressions.resolve(step.env ?? {}, context));
    const environment = { ...machine.environment, ...jobEnv, ...files.environment, ...stepEnv, ...files.variables };
    environment.PATH = [...files.path, environment.PATH].join(path.delimiter);
    const all = { ...context, env: { ...context.env, ...stepEnv } };
    const outputs = await runStep(step, all, environment, machine).catch((error: Error) => {
      machine.log(`##[error]${error.message}\n`);
      return undefined;
    });
    const written = await files.collect();
    const outcome: Result = outputs === undefined ? "failure" : "success";
    runs.push({ name, outcome });
    const conclusion = step["continue-on-error"] ? "success" : outcome;
    if (conclusion === "failure") failed = true;
    if (step.id) known[step.id] = { outcome, conclusion, outputs: { ...written, ...outputs } };
  }
  const result = signal.reason === "lost" ? "failure" : signal.aborted ? "cancelled" : failed ? "failure" : "success";
  return {
    result,
    outputs: texts(expressions.resolve(outputs, { ...contexts, steps: known })),
    steps: runs,
  };
}

/** @returns the outputs of an action. @throws Error if the step fails */
async function runStep(
  step: WorkflowStep,
  contexts: Contexts,
  environment: NodeJS.ProcessEnv,
  { expressions, actions, workspace, temporary, log, signal }: JobMachine,
): Promise<Readonly<Record<string, string>>> {
  if (step.uses !== undefined) {
    const name = step.uses.split("@")[0] ?? "";
    const effect = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!effect)
      throw new Error(`the action ${name} has no declared effect; declared are: ${Object.keys(actions).join(", ")}`);
    log(`##[group]Run ${step.uses}\n`);
    const inputs = texts(expressions.resolve(step.with ?? {}, contexts));
    return (await effect({ inputs, workspace, environment, log })) ?? {};
  }
  const script = path.join(temporary, "script.sh");
  const text = textOf(expressions.resolve(step.run ?? "", contexts));
  await writeFile(script, text);
  log(`##[group]Run ${text}\n`);
  const child = spawn("bash", [...bashOptions(step.shell), script], {
    cwd: path.join(workspace, step["working-directory"] ?? ""),
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    // In its own process group, so that all of its processes can be stopped together.
    detached: true,
  });
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  signal.addEventListener("abort", end);
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => log(String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  signal.removeEventListener("abort", end);
  if (code !== 0) throw new Error(`Process completed with exit code ${code}.`);
  return {};
}

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */
function bashOptions(shell: string | undefined): string[] {
  if (shell === undefined) return ["-e"];
  if (shell === "bash") return ["--noprofile", "--norc", "-eo", "pipefail"];
  throw new Error(`the shell ${shell} is not supported; supported is bash`);
}

/** The files that a step writes for later steps: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH, GITHUB_STEP_SUMMARY. */
class CommandFiles {
  readonly environment: Record<string, string> = {};
  readonly path: string[] = [];
  readonly variables: Readonly<Record<string, string>>;

  private constructor(private readonly folder: string) {
    const names = ["OUTPUT", "ENV", "PATH", "STEP_SUMMARY"];
    this.variables = Object.fromEntries(names.map((name) => [`GITHUB_${name}`, path.join(folder, name)]));
  }

  static async in(temporary: string): Promise<CommandFiles> {
    const files = new CommandFiles(path.join(temporary, "commands"));
    await mkdir(files.folder, { recursive: true });
    await files.clear();
    return files;
  }

  /** @returns the outputs of the step that has ended */
  async collect(): Promise<Record<string, string>> {
    const read = (name: string) => readFile(this.variables[`GITHUB_${name}`] as string, "utf8");
    Object.assign(this.environment, pairs(await read("ENV")));
    this.path.unshift(...(await read("PATH")).split("\n").filter(Boolean).reverse());
    const outputs = pairs(await read("OUTPUT"));
    await this.clear();
    return outputs;
  }

  private async clear(): Promise<void> {
    for (const file of Object.values(this.variables)) await writeFile(file, "");
  }
}

/** `name=value`, or a value of several lines between `name<<END` and `END`. */
function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === "") continue;
    const [, name, delimiter] = /^([^=<]+)<<(.+)$/.exec(line) ?? [];
    if (name !== undefined && delimiter !== undefined) {
      const end = lines.indexOf(delimiter);
      if (end < 0) throw new Error(`a value of ${name} does not end: there is no line ${delimiter}`);
      found[name] = lines.splice(0, end).join("\n");
      lines.shift();
      continue;
    }
    const at = line.indexOf("=");
    if (at < 1) throw new Error(`Unable to process file command: invalid format '${line}'`);
    found[line.slice(0, at)] = line.slice(at + 1);
  }
  return found;
}

const texts = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
