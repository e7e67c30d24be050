import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { json } from "node:stream/consumers";
import { githubActions } from "./actions";
import { type Command, commandServer } from "./commandServer";
import { ConcurrencyGroups } from "./concurrency";
import { loadExpressions } from "./expressions";
import { type GitOrigin, git } from "./gitOrigin";
import { idTokenClaims, type TokenSubject } from "./idTokens";
import type { ActionEffect } from "./jobRunner";
import { readWorkflow, type Workflow } from "./workflowFile";
import {
  type EnvironmentRules,
  type RunContext,
  runWorkflow,
  type StartedJob,
  type WorkflowHost,
  type WorkflowResult,
} from "./workflowRun";

export interface SimulatedGitHubOptions {
  readonly origin: GitOrigin;
  /** Default: `acme/shop`. */
  readonly repository?: string;
  readonly ids?: TokenSubject["ids"];
  readonly variables?: Readonly<Record<string, string>>;
  readonly environments?: Readonly<Record<string, EnvironmentRules>>;
  /** The programs that scripts start: see {@link commandServer}. */
  readonly commands: Readonly<Record<string, Command>>;
  /** More effects of actions, by name. */
  readonly actions?: Readonly<Record<string, ActionEffect>>;
  /** More environment variables of the machines. */
  readonly machine?: NodeJS.ProcessEnv;
  /** Signs a job's claims. Default: no job gets a token. */
  readonly signIdToken?: (claims: Record<string, unknown>, audience: string) => Promise<string>;
}

/** A pull request; its branch is in the repository unless `fork` names another. */
export interface PullRequest {
  readonly number: number;
  readonly branch: string;
  readonly base?: string;
  /** The fork's name, for example `mallory/shop`. */
  readonly fork?: string;
}

export interface Comment {
  readonly pullRequest: number;
  body: string;
  /** Default: an app, as the pipeline is one. */
  readonly user?: "Bot" | "User";
}

/** A simulated GitHub with one repository. For an event it runs the workflows of a revision, and it stores their uploads. */
export class SimulatedGitHub {
  readonly comments: Comment[] = [];
  /** Uploads of findings, by category. */
  readonly sarif: { readonly category: string; readonly text: string }[] = [];
  /** The jobs that were started, in this order. */
  readonly started: StartedJob[] = [];
  private readonly byToken = new Map<string, StartedJob>();
  private readonly artifacts = new Map<string, Map<string, Map<string, string>>>();
  private readonly concurrency = new ConcurrencyGroups();
  private run = 0;

  private constructor(
    private readonly options: SimulatedGitHubOptions,
    private readonly folder: string,
    private readonly host: Pick<WorkflowHost, "expressions">,
    private readonly server: http.Server,
    private readonly commands: { close(): void },
  ) {
    server.on("request", (request, response) =>
      this.answer(request, response).catch((error: Error) => {
        response.writeHead(500);
        response.end(error.message);
      }),
    );
  }

  static async start(options: SimulatedGitHubOptions): Promise<SimulatedGitHub> {
    const folder = await mkdtemp(path.join(tmpdir(), "github-"));
    const commands = await commandServer(path.join(folder, "bin"), options.commands);
    const server = http.createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SimulatedGitHub(options, folder, { expressions: await loadExpressions() }, server, commands);
  }

  get repository(): string {
    return this.options.repository ?? "acme/shop";
  }

  /** Starts the workflows of a push to a branch or of a tag. @returns the result of each workflow by its file */
  async push(ref: string): Promise<Record<string, WorkflowResult>> {
    const filter = ({ on }: Workflow) => {
      if (on.push === undefined) return false;
      const { branches, tags } = on.push ?? {};
      if (ref.startsWith("refs/tags/")) return matches(tags, ref.slice("refs/tags/".length)) && (!branches || !!tags);
      return matches(branches, ref.slice("refs/heads/".length)) && (!tags || !!branches);
    };
    return this.event("push", ref, await this.options.origin.commitOf(ref), filter, {});
  }

  /** Starts the workflows of the merge commit of a pull request, including workflows that the pull request changes. */
  async pullRequest({ number, branch, base = "main", fork }: PullRequest): Promise<Record<string, WorkflowResult>> {
    const { bare } = this.options.origin;
    const ref = `refs/pull/${number}/merge`;
    const [ours, theirs] = [`refs/heads/${base}`, `refs/heads/${branch}`];
    const tree = await git(bare, "merge-tree", "--write-tree", ours, theirs);
    const merge = await git(bare, "commit-tree", tree, "-p", ours, "-p", theirs, "-m", `Merge ${branch} into ${base}`);
    await git(bare, "update-ref", ref, merge);
    const head = { ref: branch, repo: { full_name: fork ?? this.repository } };
    const event = { pull_request: { number, head, base: { ref: base } } };
    const asks = ({ on }: Workflow) => on.pull_request !== undefined && matches(on.pull_request?.branches, base);
    const more = { base_ref: base, head_ref: branch, event };
    return this.event("pull_request", ref, merge, asks, more, fork === undefined ? undefined : readOnly);
  }

  /** Starts the scheduled workflows of `main`. */
  async schedule(): Promise<Record<string, WorkflowResult>> {
    const commit = await this.options.origin.commitOf("refs/heads/main");
    return this.event("schedule", "refs/heads/main", commit, ({ on }) => on.schedule !== undefined, {});
  }

  /** Starts a workflow by hand. */
  async dispatch(file: string, inputs: Record<string, unknown> = {}, branch = "main"): Promise<WorkflowResult> {
    const ref = `refs/heads/${branch}`;
    const commit = await this.options.origin.commitOf(ref);
    const asks = (workflow: Workflow) => workflow.file === file && workflow.on.workflow_dispatch !== undefined;
    const results = await this.event("workflow_dispatch", ref, commit, asks, { event: { inputs } }, undefined, inputs);
    const result = results[file];
    if (!result) throw new Error(`${file} cannot be started by hand`);
    return result;
  }

  /** Restarts the runs of a push to main, even if they were waiting for an approval. */
  async rerun(commit: string): Promise<WorkflowResult> {
    const results = await this.event("push", "refs/heads/main", commit, ({ file }) => file === "deploy.yml", {});
    return results["deploy.yml"] as WorkflowResult;
  }

  /** Issues the id token that a job requests. */
  async idToken(job: StartedJob, audience: string): Promise<string> {
    const { signIdToken } = this.options;
    if (job.permissions["id-token"] !== "write" || !signIdToken)
      throw new Error(`the job ${job.name} is not allowed to request a token`);
    return signIdToken(idTokenClaims(this.subjectOf(job)), audience);
  }

  subjectOf({ environment, workflow, startedBy, contexts }: StartedJob): TokenSubject {
    const { ref, event_name } = contexts.github as { ref: string; event_name: string };
    const { ids } = this.options;
    const files = { workflow: startedBy, jobWorkflow: workflow.file };
    return { repository: this.repository, ids, ref, eventName: event_name, environment, ...files };
  }

  /** The files of a run's artifacts, by the artifact's name. */
  artifactsOf(run: string): Map<string, Map<string, string>> {
    const known = this.artifacts.get(run) ?? new Map<string, Map<string, string>>();
    this.artifacts.set(run, known);
    return known;
  }

  async close(): Promise<void> {
    this.commands.close();
    this.server.closeAllConnections();
    this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async event(
    name: string,
    ref: string,
    commit: string,
    asks: (workflow: Workflow) => boolean,
    more: Record<string, unknown>,
    mostPermissions?: RunContext["mostPermissions"],
    inputs: Record<string, unknown> = {},
  ): Promise<Record<string, WorkflowResult>> {
    const { bare } = this.options.origin;
    const textOf = (file: string) => git(bare, "show", `${commit}:${file}`);
    const listed = await git(bare, "ls-tree", "--name-only", commit, ".github/workflows/");
    const number = `${++this.run}`;
    const github = {
      ...{ event_name: name, ref, ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ""), sha: commit },
      ...{ repository: this.repository, run_number: number, run_id: number, base_ref: "", head_ref: "", event: {} },
      ...more,
    };
    const host: WorkflowHost = {
      ...this.host,
      concurrency: this.concurrency,
      variables: this.options.variables ?? {},
      environments: this.options.environments ?? {},
      actions: (job) => ({ ...githubActions(this, this.options.origin, job), ...this.options.actions }),
      machine: (job) => this.machineOf(job),
      textOf,
    };
    const results: Record<string, WorkflowResult> = {};
    const files = listed.split("\n").filter((file) => /\.ya?ml$/.test(file));
    await Promise.all(
      files.map(async (file) => {
        const base = path.basename(file);
        if (asks(await readWorkflow(base, await textOf(file))))
          results[base] = await runWorkflow(host, base, { github, inputs, mostPermissions });
      }),
    );
    return results;
  }

  private machineOf(job: StartedJob): NodeJS.ProcessEnv {
    this.started.push(job);
    this.byToken.set(`token of ${job.name}`, job);
    const github = job.contexts.github as Record<string, string>;
    const shown = [
      "event_name",
      "ref",
      "ref_name",
      "sha",
      "repository",
      "run_number",
      "run_id",
      "base_ref",
      "head_ref",
    ];
    return {
      ...Object.fromEntries(shown.map((name) => [`GITHUB_${name.toUpperCase()}`, github[name]])),
      GITHUB_API_URL: this.address,
      ...(job.permissions["id-token"] === "write"
        ? {
            ACTIONS_ID_TOKEN_REQUEST_URL: `${this.address}/id-token?job=${encodeURIComponent(job.name)}`,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: `token of ${job.name}`,
          }
        : {}),
      PATH: [path.join(this.folder, "bin"), path.dirname(process.execPath), "/usr/bin", "/bin"].join(path.delimiter),
      GIT_CONFIG_NOSYSTEM: "1",
      ...this.options.machine,
    };
  }

  private get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The APIs: tokens of jobs, and comments on pull requests. */
  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const job = this.byToken.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    const { pathname, searchParams } = new URL(request.url ?? "", this.address);
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (!job) return send(401, { message: "Bad credentials" });
    if (pathname === "/id-token")
      return send(200, { value: await this.idToken(job, searchParams.get("audience") ?? "") });
    const list = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/comments$/.exec(pathname);
    const one = /^\/comments\/(\d+)$/.exec(pathname);
    if (request.method !== "GET" && job.permissions["pull-requests"] !== "write")
      return send(403, { message: "Resource not accessible by integration" });
    if (list && request.method === "GET")
      return send(
        200,
        this.comments.flatMap(({ pullRequest, body, user = "Bot" }, index) =>
          pullRequest === Number(list[2])
            ? [{ url: `${this.address}/comments/${index}`, body, user: { type: user } }]
            : [],
        ),
      );
    const { body } = (await json(request)) as { body: string };
    // The maximum length of a comment in GitHub, in characters.
    if (body.length > 65_536) return send(422, { message: "Validation Failed: body is too long" });
    if (list) {
      this.comments.push({ pullRequest: Number(list[2]), body, user: "Bot" });
      return send(201, {});
    }
    const comment = this.comments[Number(one?.[1])];
    if (!comment) return send(404, { message: "Not Found" });
    comment.body = body;
    return send(200, {});
  }

  /** Stores a file with findings that a step uploads. */
  async keepSarif(file: string, category: string): Promise<void> {
    this.sarif.push({ category, text: await readFile(file, "utf8") });
  }
}

/** A pull request from a fork gets a read-only token, and no ID token. */
const readOnly: RunContext["mostPermissions"] = (asked) =>
  Object.fromEntries(
    Object.entries(asked).map(([what, right]) => [
      what,
      what === "id-token" ? "none" : right === "write" ? "read" : right,
    ]),
  );

/** A filter of refs: names, or patterns of which `*` is one part. */
const matches = (patterns: readonly string[] | undefined, name: string): boolean =>
  patterns === undefined ||
  patterns.some((pattern) =>
    new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`).test(name),
  );
