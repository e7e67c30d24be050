import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ConcurrencyGroups } from "./concurrency";
import { type Contexts, type Expressions, isTruthy } from "./expressions";
import { type ActionEffect, type Result, runSteps, type StepRun } from "./jobRunner";
import { type Permissions, readWorkflow, type Workflow, type WorkflowJob } from "./workflowFile";

/** A job that has ended or was skipped. */
export interface JobRun {
  /** The name that GitHub shows: `dev / plan` in a reusable workflow, `rotate (prod)` in a matrix. */
  readonly name: string;
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly permissions: Permissions;
  readonly runner: string;
  readonly steps: readonly StepRun[];
  readonly log: string;
}

export interface EnvironmentRules {
  readonly variables?: Readonly<Record<string, string>>;
  /** The branches that may use it. Default: all. */
  readonly branches?: readonly string[];
  /** Asks its reviewers. Default: it has none. */
  readonly approve?: () => Promise<boolean>;
}

/** A job from the point of view of the host that starts it. */
export interface StartedJob {
  readonly name: string;
  readonly workflow: Workflow;
  /** The file of the workflow that was started. */
  readonly startedBy: string;
  readonly environment?: string;
  readonly permissions: Permissions;
  readonly workspace: string;
  readonly contexts: Contexts;
  /** Stops it like a lost machine: no further step runs. */
  lose(): void;
}

/** What a run needs from the code host. */
export interface WorkflowHost {
  readonly expressions: Expressions;
  readonly concurrency: ConcurrencyGroups;
  readonly variables: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, EnvironmentRules>>;
  readonly actions: (job: StartedJob) => Readonly<Record<string, ActionEffect>>;
  /** The environment variables of a job's machine. */
  readonly machine: (job: StartedJob) => NodeJS.ProcessEnv;
  /** The text of a file in the revision that runs. */
  readonly textOf: (file: string) => Promise<string>;
}

export interface RunContext {
  /** The context `github`, without `token`. */
  readonly github: Contexts & { readonly ref: string; readonly event_name: string };
  readonly inputs: Contexts;
  /** The most permissions that a job can get. A fork's pull request gets fewer. */
  readonly mostPermissions?: (asked: Permissions) => Permissions;
}

export interface WorkflowResult {
  readonly result: Result;
  readonly jobs: readonly JobRun[];
}

/** Runs a workflow to its end. */
export async function runWorkflow(host: WorkflowHost, file: string, context: RunContext): Promise<WorkflowResult> {
  const workflow = await readWorkflow(file, await host.textOf(`.github/workflows/${file}`));
  const run = new WorkflowRun(host, context, file);
  const { concurrency } = workflow;
  if (!concurrency) return run.jobsOf(workflow, context.inputs);
  const contexts = { github: context.github, vars: host.variables, inputs: context.inputs };
  const group = `${host.expressions.resolve(concurrency.group, contexts)}`;
  const itsTurn = await host.concurrency.enter(group, concurrency["cancel-in-progress"] === true, () => run.cancel());
  if (!itsTurn) return { result: "cancelled", jobs: [] };
  try {
    return await run.jobsOf(workflow, context.inputs);
  } finally {
    host.concurrency.leave(group);
  }
}

class WorkflowRun {
  private readonly cancelled = new AbortController();

  constructor(
    private readonly host: WorkflowHost,
    private readonly context: RunContext,
    private readonly startedBy: string,
  ) {}

  cancel(): void {
    this.cancelled.abort("cancelled");
  }

  /** @param prefix of the names of the jobs. @param most the permissions of the job that calls this workflow */
  async jobsOf(workflow: Workflow, inputs: Contexts, prefix = "", most?: Permissions): Promise<WorkflowResult> {
    const ended = new Map<string, Promise<JobRun[]>>();
    const jobOf = (id: string): Promise<JobRun[]> => {
      const job = workflow.jobs[id] as WorkflowJob;
      const known = ended.get(id) ?? this.afterNeeds(workflow, id, job, inputs, prefix, most, jobOf);
      ended.set(id, known);
      return known;
    };
    const jobs = (await Promise.all(Object.keys(workflow.jobs).map(jobOf))).flat();
    return { result: resultOf(jobs), jobs };
  }

  private async afterNeeds(
    workflow: Workflow,
    id: string,
    job: WorkflowJob,
    inputs: Contexts,
    prefix: string,
    most: Permissions | undefined,
    jobOf: (id: string) => Promise<JobRun[]>,
  ): Promise<JobRun[]> {
    const needed: [string, JobRun[]][] = [];
    for (const need of job.needs) needed.push([need, await jobOf(need)]);
    const before = await Promise.all(ancestors(workflow, id).map(async (each) => resultOf(await jobOf(each))));
    const needs = Object.fromEntries(
      needed.map(([need, runs]) => [need, { result: resultOf(runs), outputs: runs.at(-1)?.outputs ?? {} }]),
    );
    const contexts = { github: this.context.github, inputs, needs, vars: this.host.variables };
    const cancelled = this.cancelled.signal.aborted;
    const status = {
      success: !cancelled && before.every((result) => result === "success"),
      failure: before.includes("failure"),
      cancelled,
    };
    const name = `${prefix}${id}`;
    const permissions = permitted(name, job.permissions ?? workflow.permissions, most, this.context.mostPermissions);
    const unrun = { outputs: {}, permissions, runner: "", steps: [], log: "" };
    if (cancelled) return [{ ...unrun, name, result: "cancelled" }];
    if (!isTruthy(this.host.expressions.evaluate(job.if, contexts, status)))
      return [{ ...unrun, name, result: "skipped" }];
    if (job.uses !== undefined) return this.called(job, name, permissions, contexts);
    return Promise.all(
      combinations(job.strategy?.matrix ?? {}).map((matrix) => {
        const values = Object.values(matrix);
        const full = values.length > 0 ? `${name} (${values.join(", ")})` : name;
        return this.started(workflow, job, full, permissions, { ...contexts, matrix });
      }),
    );
  }

  private async called(job: WorkflowJob, name: string, permissions: Permissions, contexts: Contexts) {
    const file = /^\.\/\.github\/workflows\/([\w-]+\.yml)$/.exec(job.uses ?? "")?.[1];
    if (file === undefined) throw new Error(`${name} calls ${job.uses}; supported is ./.github/workflows/<file>`);
    const workflow = await readWorkflow(file, await this.host.textOf(`.github/workflows/${file}`));
    const definitions = workflow.on.workflow_call?.inputs ?? {};
    const given = this.host.expressions.resolve(job.with ?? {}, contexts);
    const inputs = Object.fromEntries(
      Object.entries(definitions).map(([input, definition]) => {
        const value = given[input] ?? definition.default ?? null;
        if (value === null && definition.required) throw new Error(`${name} does not give the input ${input}`);
        // GitHub refuses a value of another type before the workflow starts.
        if (value !== null && typeof value !== definition.type)
          throw new Error(`${name} gives ${input} ${JSON.stringify(value)}, which is not a ${definition.type}`);
        return [input, value];
      }),
    );
    return [...(await this.jobsOf(workflow, inputs, `${name} / `, permissions)).jobs];
  }

  private async started(
    workflow: Workflow,
    job: WorkflowJob,
    name: string,
    permissions: Permissions,
    contexts: Contexts,
  ): Promise<JobRun> {
    const { expressions, environments, concurrency, variables } = this.host;
    const environment = job.environment === undefined ? undefined : `${expressions.resolve(job.environment, contexts)}`;
    const runner = [expressions.resolve(job["runs-on"] ?? "", contexts)].flat().join(" ");
    const unrun = { name, outputs: {}, environment, permissions, runner, steps: [] };
    // GitHub creates a missing environment at its first use, without protection rules.
    const rules = environments[environment ?? ""] ?? {};
    const ref = this.context.github.ref;
    if (rules.branches && !rules.branches.some((branch) => ref === `refs/heads/${branch}`))
      return { ...unrun, result: "failure", log: `${ref} is not allowed to deploy to ${environment}` };
    if (rules.approve && !(await rules.approve()))
      return { ...unrun, result: "failure", log: `the reviewers of ${environment} have refused it` };
    const group = job.concurrency && `${expressions.resolve(job.concurrency.group, contexts)}`;
    const cancelled = { ...unrun, result: "cancelled" as const, log: "" };
    if (group !== undefined) {
      const cancelRunning = job.concurrency?.["cancel-in-progress"] === true;
      if (!(await concurrency.enter(group, cancelRunning, () => this.cancel()))) return cancelled;
    }
    const own = { ...contexts, vars: { ...variables, ...rules.variables } };
    try {
      if (this.cancelled.signal.aborted) return cancelled;
      return { ...unrun, ...(await this.onMachine(workflow, job, { name, environment, permissions }, own)) };
    } finally {
      if (group !== undefined) concurrency.leave(group);
    }
  }

  private async onMachine(
    workflow: Workflow,
    job: WorkflowJob,
    known: Pick<StartedJob, "name" | "environment" | "permissions">,
    contexts: Contexts,
  ): Promise<Pick<JobRun, "result" | "outputs" | "steps" | "log">> {
    const folder = await mkdtemp(path.join(tmpdir(), "runner-"));
    const [workspace, temporary] = [path.join(folder, "work"), path.join(folder, "temp")];
    const lost = new AbortController();
    let log = "";
    try {
      for (const each of [workspace, temporary]) await mkdir(each);
      const started: StartedJob = {
        ...known,
        ...{ workflow, startedBy: this.startedBy, workspace, contexts },
        lose: () => lost.abort("lost"),
      };
      const github = { ...this.context.github, token: `token of ${known.name}`, workspace };
      const { expressions } = this.host;
      const ran = await runSteps(
        job,
        { ...contexts, github, runner: { temp: temporary, os: "Linux" } },
        {
          ...{ expressions, workspace, temporary },
          actions: this.host.actions(started),
          environment: {
            ...this.host.machine(started),
            ...{
              CI: "true",
              GITHUB_ACTIONS: "true",
              GITHUB_WORKSPACE: workspace,
              RUNNER_TEMP: temporary,
              HOME: folder,
            },
          },
          signal: AbortSignal.any([this.cancelled.signal, lost.signal]),
          log: (text) => (log += text),
        },
      );
      return { ...ran, log };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Every job that has to end before this one. */
function ancestors({ jobs }: Workflow, id: string): string[] {
  const direct = jobs[id]?.needs ?? [];
  return [...new Set(direct.flatMap((need) => [need, ...ancestors({ jobs } as Workflow, need)]))];
}

export function resultOf(jobs: readonly { readonly result: Result }[]): Result {
  const results = new Set(jobs.map(({ result }) => result));
  if (results.has("failure")) return "failure";
  if (results.has("cancelled")) return "cancelled";
  return results.has("success") || jobs.length === 0 ? "success" : "skipped";
}

const rank = { none: 0, read: 1, write: 2 };

/** @throws Error if a job in a called workflow asks for more than the job that calls it has: GitHub does not start such a run */
function permitted(
  job: string,
  asked: Permissions | undefined,
  most: Permissions | undefined,
  reduce: (asked: Permissions) => Permissions = (all) => all,
): Permissions {
  const permissions = asked ?? most ?? { contents: "read" };
  const tooMuch =
    most && Object.entries(permissions).filter(([what, right]) => rank[right] > rank[most[what] ?? "none"]);
  if (tooMuch && tooMuch.length > 0)
    throw new Error(`${job} asks for ${tooMuch.map((each) => each.join(": ")).join(", ")}, more than its caller has`);
  return reduce(permissions);
}

function combinations(matrix: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return Object.entries(matrix).reduce<Record<string, unknown>[]>(
    (all, [name, values]) => all.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}
