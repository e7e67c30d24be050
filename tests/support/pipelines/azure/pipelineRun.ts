import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type AzureStage, runsAfter, type StageOutcome, type StageResult } from "../azureStages";
import { type GitOrigin, git } from "../gitOrigin";

/** The checks of Azure DevOps before a stage that uses a resource. */
export interface ResourceChecks {
  readonly approve?: () => Promise<boolean>;
  /** Whether only one stage at a time can use it. Of the waiting stages, only the latest continues. */
  readonly lock?: boolean;
}

type SignedIn = Readonly<Record<string, string>> | undefined;

/** What a run needs from the organization. */
export interface AzureHost {
  readonly origin: GitOrigin;
  readonly groups: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The keys are `environment <name>` and `connection <name>`. A stage fails if it uses a connection that is missing here. */
  readonly checks: Readonly<Record<string, ResourceChecks>>;
  readonly locks: Locks;
  /** The identity of a service connection: the variables that the task sets. */
  readonly signIn: (connection: string) => SignedIn | Promise<SignedIn>;
  readonly accessToken: string;
  readonly machine: NodeJS.ProcessEnv;
}

/** The facts of a run that are known before it starts. */
export interface AzureRunContext {
  readonly commit: string;
  /** System variables, for example `Build.BuildId`. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface AzureRun {
  readonly results: Readonly<Record<string, StageResult>>;
  readonly log: string;
}

/** The locks of resources that have one. */
export class Locks {
  private readonly held = new Map<string, { waiting?: (itsTurn: boolean) => void }>();

  /** @param onWait is called when a stage starts to wait */
  constructor(private readonly onWait: () => void = () => undefined) {}

  /** @returns false if a later stage took its place in the queue */
  enter(resource: string): Promise<boolean> {
    const lock = this.held.get(resource);
    if (!lock) {
      this.held.set(resource, {});
      return Promise.resolve(true);
    }
    lock.waiting?.(false);
    return new Promise((resolve) => {
      lock.waiting = resolve;
      this.onWait();
    });
  }

  leave(resource: string): void {
    const next = this.held.get(resource)?.waiting;
    if (next) this.held.set(resource, {});
    else this.held.delete(resource);
    next?.(true);
  }
}

type Fields = Readonly<Record<string, unknown>>;
interface Step extends Fields {
  readonly env?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
}
interface Job {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly environment?: string;
  readonly steps: readonly Step[];
}

/** The supported keys. A step with any other key is refused, so that no key is silently ignored. */
const stepKeys = [
  ...[
    "script",
    "bash",
    "task",
    "checkout",
    "publish",
    "download",
    "artifact",
    "displayName",
    "env",
    "condition",
    "name",
  ],
  ...["inputs", "fetchDepth", "fetchTags", "persistCredentials"],
];
const jobKeys = ["job", "deployment", "dependsOn", "environment", "strategy", "steps", "pool"];

/** Runs the stages of a pipeline to their end, one after the other, each after the checks of the resources that it uses. */
export async function runAzurePipeline(
  host: AzureHost,
  stages: readonly (AzureStage & { readonly variables?: unknown })[],
  context: AzureRunContext,
): Promise<AzureRun> {
  const ended = new Map<string, StageOutcome>();
  const artifacts = new Map<string, string>();
  let log = "";
  for (let left = [...stages]; left.length > 0; ) {
    const next = left.find(({ dependsOn }) => dependsOn.every((each) => ended.has(each)));
    if (!next) throw new Error(`these stages wait for each other: ${left.map(({ stage }) => stage)}`);
    left = left.filter((each) => each !== next);
    ended.set(
      next.stage,
      runsAfter(next, stages, ended)
        ? await runStage(host, next, context, artifacts, (text) => (log += text))
        : { result: "Skipped" },
    );
  }
  return { results: Object.fromEntries([...ended].map(([stage, { result }]) => [stage, result])), log };
}

async function runStage(
  host: AzureHost,
  stage: AzureStage & { readonly variables?: unknown },
  context: AzureRunContext,
  artifacts: Map<string, string>,
  log: (text: string) => void,
): Promise<StageOutcome> {
  const jobs = stage.jobs.map((job) => jobOf(stage.stage, job));
  const resources = new Set(
    jobs.flatMap(({ environment, steps }) => [
      ...(environment === undefined ? [] : [`environment ${environment}`]),
      ...steps.flatMap(({ inputs }) => (inputs?.azureSubscription ? [`connection ${inputs.azureSubscription}`] : [])),
    ]),
  );
  for (const resource of resources) if (!(resource in host.checks)) throw new Error(`${resource} does not exist`);
  // All approvals are requested before the locks.
  for (const resource of resources) {
    const { approve } = host.checks[resource] as ResourceChecks;
    if (approve && !(await approve())) return { result: "Failed" };
  }
  const locked = [...resources].filter((resource) => host.checks[resource]?.lock);
  for (const [index, resource] of locked.entries())
    if (!(await host.locks.enter(resource))) {
      for (const before of locked.slice(0, index)) host.locks.leave(before);
      return { result: "Canceled" };
    }
  try {
    const variables = { ...context.variables, ...variablesOf(host, stage.variables) };
    const ended = new Map<string, boolean>();
    const outputs: Record<string, string> = {};
    for (let left = jobs; left.length > 0; ) {
      const next = left.find(({ dependsOn }) => dependsOn.every((each) => ended.has(each)));
      if (!next) throw new Error(`${stage.stage}: these jobs wait for each other: ${left.map(({ name }) => name)}`);
      left = left.filter((each) => each !== next);
      if (!next.dependsOn.every((each) => ended.get(each))) {
        ended.set(next.name, false);
        continue;
      }
      log(`== ${stage.stage} ${next.name}\n`);
      ended.set(next.name, await new JobRun(host, next, variables, context, artifacts, outputs, log).succeeds());
    }
    return { result: [...ended.values()].every(Boolean) ? "Succeeded" : "Failed", outputs };
  } finally {
    for (const resource of locked) host.locks.leave(resource);
  }
}

function jobOf(stage: string, job: Fields): Job {
  refuseUnsupported(`${stage}`, job, jobKeys);
  const { strategy } = job as { strategy?: { runOnce?: { deploy?: { steps: Step[] } } } };
  const steps = (job.steps ?? strategy?.runOnce?.deploy?.steps) as readonly Step[] | undefined;
  if (!steps) throw new Error(`${stage}: a job without steps is not supported`);
  for (const step of steps) refuseUnsupported(stage, step, stepKeys);
  return {
    name: String(job.job ?? job.deployment),
    dependsOn: [job.dependsOn ?? []].flat() as string[],
    environment: job.environment as string | undefined,
    // By default, a deployment job downloads the artifacts but not the sources; an ordinary job downloads the sources.
    steps: job.deployment || steps.some(({ checkout }) => checkout) ? steps : [{ checkout: "self" }, ...steps],
  };
}

function refuseUnsupported(place: string, written: Fields, keys: readonly string[]): void {
  const unknown = Object.keys(written).filter((key) => !keys.includes(key));
  if (unknown.length > 0)
    throw new Error(`${place}: ${unknown.join(", ")} is not supported; supported are: ${keys.join(", ")}`);
}

/** The variables of groups, and those with a value. @throws Error for a group that does not exist */
export function variablesOf({ groups }: Pick<AzureHost, "groups">, written: unknown = []): Record<string, string> {
  return Object.assign(
    {},
    ...(written as { group?: string; name?: string; value?: string }[]).map(({ group, name, value }) => {
      if (group === undefined) return { [name ?? ""]: value };
      if (!groups[group]) throw new Error(`the variable group ${group} does not exist`);
      return groups[group];
    }),
  );
}

class JobRun {
  private readonly variables: Record<string, string>;
  private readonly path: string[] = [];
  private failed = false;

  constructor(
    private readonly host: AzureHost,
    private readonly job: Job,
    variables: Readonly<Record<string, string>>,
    private readonly context: AzureRunContext,
    private readonly artifacts: Map<string, string>,
    private readonly outputs: Record<string, string>,
    private readonly log: (text: string) => void,
  ) {
    this.variables = { ...variables };
  }

  async succeeds(): Promise<boolean> {
    const folder = await mkdtemp(path.join(tmpdir(), "agent-"));
    this.variables["Pipeline.Workspace"] = folder;
    const workspace = path.join(folder, "s");
    try {
      await mkdir(workspace);
      for (const step of this.job.steps) {
        const condition = (step.condition as string | undefined) ?? "succeeded()";
        if (!["succeeded()", "succeededOrFailed()"].includes(condition))
          throw new Error(`${this.job.name}: the condition ${condition} of a step is not supported`);
        if (this.failed && condition === "succeeded()") continue;
        await this.step(step, workspace).catch((error: Error) => {
          this.log(`##[error]${error.message}\n`);
          this.failed = true;
        });
      }
      return !this.failed;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async step(step: Step, workspace: string): Promise<void> {
    if (step.checkout !== undefined) return this.checkOut(step, workspace);
    if (step.publish !== undefined) {
      const text = await readFile(path.join(workspace, `${step.publish}`), "utf8");
      this.artifacts.set(`${step.artifact}/${step.publish}`, text);
      return;
    }
    if (step.download !== undefined) {
      const found = [...this.artifacts].filter(([name]) => name.startsWith(`${step.artifact}/`));
      if (found.length === 0) throw new Error(`there is no artifact ${step.artifact}`);
      for (const [name, text] of found) {
        const file = path.join(this.variables["Pipeline.Workspace"] ?? "", name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, text);
      }
      return;
    }
    if (step.task === "NodeTool@0") return;
    const { script = step.bash, environment } = await this.taskOf(step);
    await this.run(this.expanded(`${script}`), workspace, step, environment);
  }

  private async taskOf({
    task,
    inputs = {},
    script,
  }: Step): Promise<{ script?: unknown; environment: Record<string, string> }> {
    if (task === undefined) return { script, environment: {} };
    const { azureSubscription = "", addSpnToEnvironment, scriptType, scriptLocation, inlineScript } = inputs;
    if (task !== "AzureCLI@2" || scriptType !== "bash" || scriptLocation !== "inlineScript")
      throw new Error(`the task ${task} has no declared effect with these inputs`);
    const signedIn = await this.host.signIn(azureSubscription);
    if (!signedIn) throw new Error(`the service connection ${azureSubscription} cannot sign in`);
    return { script: inlineScript, environment: String(addSpnToEnvironment) === "true" ? { ...signedIn } : {} };
  }

  /** Variables that Azure Pipelines puts into a script or an input before it runs. */
  private expanded(text: string): string {
    return text.replace(/\$\(([\w.]+)\)/g, (whole, name: string) =>
      name === "System.AccessToken" ? this.host.accessToken : (this.variables[name] ?? whole),
    );
  }

  private async run(text: string, folder: string, step: Step, more: Readonly<Record<string, string>>): Promise<void> {
    const named = Object.entries(this.variables).map(([name, value]) => [
      name.toUpperCase().replaceAll(".", "_"),
      value,
    ]);
    const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, this.expanded(`${value}`)]);
    const { machine } = this.host;
    const environment = { ...machine, ...Object.fromEntries([...named, ...own]), ...more, HOME: path.dirname(folder) };
    environment.PATH = [...this.path, machine.PATH].join(path.delimiter);
    const child = spawn("bash", ["--noprofile", "--norc", "-c", text], { cwd: folder, env: environment });
    child.stdin.end();
    let stdout = "";
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => this.log(String(chunk)));
    const [code] = (await once(child, "close")) as [number | null];
    this.log(stdout);
    for (const [, command = "", value = ""] of stdout.matchAll(/^##vso\[([^\]]+)\](.*)$/gm))
      this.obey(command, value, step);
    if (code !== 0) throw new Error(`Bash exited with code '${code}'.`);
  }

  /** https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands */
  private obey(command: string, value: string, step: Step): void {
    const [, name, output] = /^task\.setvariable variable=(\w+)(;isOutput=true)?$/.exec(command) ?? [];
    if (command === "task.prependpath") this.path.unshift(value);
    else if (name === undefined) throw new Error(`the logging command ${command} is not supported`);
    else if (output) this.outputs[`${this.job.name}.${step.name}.${name}`] = value;
    else this.variables[name] = value;
  }

  private async checkOut({ checkout, fetchDepth, fetchTags, persistCredentials }: Step, workspace: string) {
    if (checkout !== "self") throw new Error(`checkout: ${checkout} is not supported`);
    const { bare } = this.host.origin;
    await git(workspace, "init", "--quiet", "--initial-branch=unborn");
    const pushTo = String(persistCredentials) === "true" ? bare : "/no/credentials/for/origin.git";
    await appendFile(
      path.join(workspace, ".git/config"),
      `[remote "origin"]\n\turl = ${bare}\n\tpushurl = ${pushTo}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
    );
    const depth = Number(fetchDepth ?? 1);
    const refs = depth === 0 ? ["+refs/heads/*:refs/remotes/origin/*"] : [];
    const tags = String(fetchTags) === "true" ? ["+refs/tags/*:refs/tags/*"] : [];
    const shallow = depth === 0 ? [] : [`--depth=${depth}`];
    const commit = `+${this.context.commit}:refs/checkout`;
    await git(workspace, "fetch", "--quiet", "--no-tags", ...shallow, `file://${bare}`, commit, ...refs, ...tags);
    await git(workspace, "checkout", "--quiet", "--detach", "refs/checkout");
  }
}
