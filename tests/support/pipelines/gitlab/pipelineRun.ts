import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type GitOrigin, git } from "../gitOrigin";
import type { GitLabTokenSubject } from "./idTokens";
import { type GitLabJob, type GitLabPipeline, readPipeline } from "./pipelineFile";
import { ruled } from "./rules";

export type GitLabResult = "success" | "failed" | "skipped";

export interface GitLabJobRun {
  /** For example `dev / deploy` in a child pipeline, `test: [22]` in a matrix. */
  readonly name: string;
  readonly result: GitLabResult;
  readonly environment?: string;
  readonly tags: readonly string[];
  readonly log: string;
}

export interface GitLabRun {
  readonly result: GitLabResult;
  readonly jobs: readonly GitLabJobRun[];
}

export interface ProjectVariable {
  readonly name: string;
  readonly value: string;
  /** The environments whose jobs get it. `*` at the end matches any text. Default: all jobs. */
  readonly environment?: string;
  /** Whether only jobs of protected branches get it. */
  readonly onlyProtected?: boolean;
}

/** What a pipeline needs from the code host. */
export interface GitLabHost {
  readonly origin: GitOrigin;
  /** Whether its branch is protected. */
  readonly isProtected: boolean;
  readonly variables: readonly ProjectVariable[];
  /** The protected environments, with the decisions of their approvers. Only protected branches can deploy to them. */
  readonly environments: Readonly<Record<string, { readonly approve?: () => Promise<boolean> }>>;
  /** The last job of each resource group. */
  readonly resources: Map<string, Promise<unknown>>;
  readonly textOf: (file: string) => Promise<string>;
  readonly idToken: (environment: GitLabTokenSubject["environment"], audience: string) => Promise<string>;
  /** The environment variables of the machine. */
  readonly machine: NodeJS.ProcessEnv;
}

type Variables = Readonly<Record<string, string>>;
type Files = ReadonlyMap<string, string>;

/**
 * Runs the pipeline of a revision to its end. @returns no jobs if its workflow's rules create none
 *
 * @param given the variables that the pipeline is started with. They override all others
 */
export async function runPipeline(host: GitLabHost, predefined: Variables, given: Variables): Promise<GitLabRun> {
  const pipeline = await readPipeline(await host.textOf(".gitlab-ci.yml"), host.textOf);
  if (ruled(pipeline.workflow, predefined) === undefined) return { result: "skipped", jobs: [] };
  return new PipelineRun(host, pipeline, predefined, given).jobs();
}

interface Ended {
  readonly runs: readonly GitLabJobRun[];
  readonly artifacts: Files;
}

class PipelineRun {
  private readonly ended = new Map<string, Promise<Ended>>();
  private readonly created: Readonly<Record<string, { readonly job: GitLabJob; readonly when: string }>>;

  constructor(
    private readonly host: GitLabHost,
    private readonly pipeline: GitLabPipeline,
    private readonly predefined: Variables,
    private readonly given: Variables,
    private readonly prefix = "",
  ) {
    this.created = Object.fromEntries(
      Object.entries(pipeline.jobs).flatMap(([name, job]) => {
        const when = ruled(job.rules, { ...predefined, ...pipeline.variables, ...given });
        return when === undefined ? [] : [[name, { job, when }]];
      }),
    );
    for (const [name, { job }] of Object.entries(this.created))
      for (const need of job.needs ?? [])
        if (!this.created[need]) throw new Error(`'${name}' job needs '${need}' job, but it is not in the pipeline`);
    for (const name of Object.keys(this.created))
      if (this.ancestors(name).has(name)) throw new Error(`'${name}' job needs itself, by way of other jobs`);
  }

  /** Every job that has to end before this one. */
  private ancestors(name: string, known = new Set<string>()): Set<string> {
    for (const need of this.before(this.created[name]?.job as GitLabJob))
      if (!known.has(need)) this.ancestors(need, known.add(need));
    return known;
  }

  async jobs(): Promise<GitLabRun> {
    const ended = await Promise.all(Object.keys(this.created).map((name) => this.end(name)));
    const jobs = ended.flatMap(({ runs }) => runs);
    return { result: jobs.some(({ result }) => result === "failed") ? "failed" : "success", jobs };
  }

  private end(name: string): Promise<Ended> {
    const known = this.ended.get(name) ?? this.afterNeeds(name);
    this.ended.set(name, known);
    return known;
  }

  private before({ stage, needs }: GitLabJob): readonly string[] {
    if (needs) return needs;
    const { stages } = this.pipeline;
    return Object.entries(this.created).flatMap(([name, { job }]) =>
      stages.indexOf(job.stage) < stages.indexOf(stage) ? [name] : [],
    );
  }

  private async afterNeeds(name: string): Promise<Ended> {
    const { job, when } = this.created[name] as { job: GitLabJob; when: string };
    if (!["on_success", "always"].includes(when)) throw new Error(`${name}: when: ${when} is not supported`);
    // First lets all other jobs start to wait too.
    await Promise.resolve();
    const before = await Promise.all(this.before(job).map((need) => this.end(need)));
    const succeeded = before.every(({ runs }) => runs.every(({ result }) => result === "success"));
    const unrun = { name: `${this.prefix}${name}`, tags: job.tags ?? [], log: "" };
    if (when === "on_success" && !succeeded) return { runs: [{ ...unrun, result: "skipped" }], artifacts: new Map() };
    const artifacts = new Map(before.flatMap((each) => [...each.artifacts]));
    if (job.trigger) return this.child(name, job.trigger, artifacts);
    const runs = await Promise.all(
      combinations(job).map((matrix) => this.inGroup(job, () => this.onMachine(name, job, matrix, artifacts))),
    );
    return { runs: runs.map(({ run }) => run), artifacts: new Map(runs.flatMap((each) => [...each.kept])) };
  }

  /** A child pipeline, whose configuration an earlier job has written. The job that starts it has the same result. */
  private async child(name: string, trigger: NonNullable<GitLabJob["trigger"]>, artifacts: Files): Promise<Ended> {
    if (trigger.strategy !== "depend") throw new Error(`${name}: a trigger without strategy: depend is not supported`);
    const texts = trigger.include.map(({ artifact, job }) => {
      if (!this.before(this.created[name]?.job as GitLabJob).includes(job))
        throw new Error(`${name} takes ${artifact} from ${job}, which it does not need`);
      const text = artifacts.get(artifact);
      if (text === undefined) throw new Error(`${name}: the job ${job} has no artifact ${artifact}`);
      return text;
    });
    const pipeline = await readPipeline(texts.join("\n"), this.host.textOf, trigger.include[0]?.artifact);
    const predefined = { ...this.predefined, CI_PIPELINE_SOURCE: "parent_pipeline" };
    const given = trigger.forward?.yaml_variables === false ? {} : this.pipeline.variables;
    const { jobs } = await new PipelineRun(this.host, pipeline, predefined, given, `${this.prefix}${name} / `).jobs();
    return { runs: jobs, artifacts: new Map() };
  }

  /** One after the other, in the order in which they are ready. */
  private async inGroup<T>({ resource_group: group }: GitLabJob, work: () => Promise<T>): Promise<T> {
    if (group === undefined) return work();
    const { resources } = this.host;
    const turn = (resources.get(group) ?? Promise.resolve()).then(work, work);
    resources.set(group, turn);
    return turn;
  }

  private async onMachine(name: string, job: GitLabJob, matrix: Variables, artifacts: Files) {
    const full = `${this.prefix}${name}${Object.keys(matrix).length > 0 ? `: [${Object.values(matrix).join(", ")}]` : ""}`;
    const environment = job.environment?.name;
    const run = { name: full, environment, tags: job.tags ?? [] };
    const failed = (log: string) => ({ run: { ...run, result: "failed" as const, log }, kept: new Map() });
    const protection = this.host.environments[environment ?? ""];
    if (protection && !this.host.isProtected) return failed(`this branch is not allowed to deploy to ${environment}`);
    if (protection?.approve && !(await protection.approve()))
      return failed(`the deployment to ${environment} was rejected`);
    const folder = await mkdtemp(path.join(tmpdir(), "gitlab-runner-"));
    try {
      const workspace = path.join(folder, "work");
      const variables = await this.variablesOf(job, matrix);
      await this.checkOut(workspace, Number(variables.GIT_DEPTH ?? "20"));
      for (const [file, text] of artifacts) await writeFile(path.join(workspace, file), text);
      const { code, log } = await bash(job.script ?? [], workspace, {
        HOME: folder,
        ...this.host.machine,
        ...variables,
      });
      const kept = new Map<string, string>();
      if (code === 0 || job.artifacts?.when === "always")
        for (const file of job.artifacts?.paths ?? [])
          await readFile(path.join(workspace, file), "utf8").then(
            (text) => kept.set(file, text),
            () => undefined,
          );
      return { run: { ...run, result: code === 0 ? ("success" as const) : ("failed" as const), log }, kept };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * Given variables override those of the project, which override those of a job, which override those of the file.
   * https://docs.gitlab.com/ci/variables/#cicd-variable-precedence
   */
  private async variablesOf(job: GitLabJob, matrix: Variables): Promise<Record<string, string>> {
    const environment = job.environment?.name;
    const covers = ({ environment: scope, onlyProtected }: ProjectVariable) =>
      (scope === undefined ||
        (environment !== undefined &&
          (scope.endsWith("*") ? environment.startsWith(scope.slice(0, -1)) : scope === environment))) &&
      (!onlyProtected || this.host.isProtected);
    const ofProject = Object.fromEntries(this.host.variables.filter(covers).map(({ name, value }) => [name, value]));
    const { variables } = this.pipeline;
    const own = { ...this.predefined, ...variables, ...job.variables, ...matrix, ...ofProject, ...this.given };
    const deployed = job.environment && {
      name: job.environment.name,
      tier: job.environment.deployment_tier ?? "other",
      isProtected: job.environment.name in this.host.environments,
    };
    const tokens: Record<string, string> = {};
    for (const [token, { aud }] of Object.entries(job.id_tokens ?? {}))
      tokens[token] = await this.host.idToken(
        deployed,
        aud.replace(/^\$(\w+)$/, (_, variable) => own[variable] ?? ""),
      );
    return { ...own, ...tokens };
  }

  private async checkOut(workspace: string, depth: number): Promise<void> {
    const { origin } = this.host;
    await mkdir(workspace, { recursive: true });
    await git(workspace, "init", "--quiet", "--initial-branch=unborn");
    await appendFile(
      path.join(workspace, ".git/config"),
      `[remote "origin"]\n\turl = ${this.predefined.CI_REPOSITORY_URL}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
    );
    const commit = `+${this.predefined.CI_COMMIT_SHA}:refs/pipelines/1`;
    // Without a depth a runner fetches all branches and tags.
    const refs = depth === 0 ? ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"] : [];
    const shallow = depth === 0 ? [] : [`--depth=${depth}`];
    await git(workspace, "fetch", "--quiet", "--no-tags", ...shallow, `file://${origin.bare}`, commit, ...refs);
    await git(workspace, "checkout", "--quiet", "--detach", "refs/pipelines/1");
  }
}

const combinations = ({ parallel }: GitLabJob): Variables[] =>
  (parallel?.matrix ?? [{}]).flatMap((each) =>
    Object.entries(each).reduce<Record<string, string>[]>(
      (all, [name, values]) => all.flatMap((before) => values.map((value) => ({ ...before, [name]: value }))),
      [{}],
    ),
  );

/** Runs a script as a runner's shell does: it stops at the first failing line. */
async function bash(lines: readonly string[], folder: string, environment: NodeJS.ProcessEnv) {
  let log = "";
  const text = `set -eo pipefail\n${lines.join("\n")}\n`;
  const child = spawn("bash", ["-c", text], { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, log };
}
