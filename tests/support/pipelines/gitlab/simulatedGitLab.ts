import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { json } from "node:stream/consumers";
import { type Command, commandServer } from "../commandServer";
import { type GitOrigin, git } from "../gitOrigin";
import { gitlabClaims } from "./idTokens";
import { type GitLabHost, type GitLabRun, runPipeline } from "./pipelineRun";

export interface SimulatedGitLabOptions {
  readonly origin: GitOrigin;
  /** Variables of the project. */
  readonly variables?: GitLabHost["variables"];
  /** The protected environments. */
  readonly environments: GitLabHost["environments"];
  readonly commands: Readonly<Record<string, Command>>;
  /** Signs a job's claims. */
  readonly signIdToken?: (claims: Record<string, unknown>, audience: string) => Promise<string>;
}

export interface Note {
  readonly mergeRequest: number;
  readonly author: number;
  body: string;
}

export const project = "acme/shop";
const repositoryFor = (user: string) => `http://${user}@127.0.0.1:1/${project}.git`;
const tokens = { notes: "token that may comment", tags: "token-that-may-push" };
/** The user that the token for notes belongs to. */
const bot = 7;

/** A simulated GitLab with one project. It runs the pipelines of a revision, and stores the notes. Only `main` is a protected branch. */
export class SimulatedGitLab {
  readonly notes: Note[] = [];
  /** The subjects of the tokens that jobs got. */
  readonly subjects = new Set<string>();
  private readonly resources = new Map<string, Promise<unknown>>();
  private run = 0;

  private constructor(
    private readonly options: SimulatedGitLabOptions,
    private readonly folder: string,
    private readonly server: http.Server,
    private readonly commands: { close(): void },
  ) {
    server.on("request", (request, response) => this.answer(request, response));
  }

  static async start(options: SimulatedGitLabOptions): Promise<SimulatedGitLab> {
    const folder = await mkdtemp(path.join(tmpdir(), "gitlab-"));
    const commands = await commandServer(path.join(folder, "bin"), options.commands);
    const server = http.createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const gitlab = new SimulatedGitLab(options, folder, server, commands);
    // A job's token can read the repository; only a token of the project can write it.
    const { bare } = options.origin;
    await writeFile(
      path.join(folder, "gitconfig"),
      [
        ...[
          `[url "${bare}"]`,
          `insteadOf = ${repositoryFor("job")}`,
          `insteadOf = ${repositoryFor(`deployed:${tokens.tags}`)}`,
        ],
        ...['[url "/no/credentials/to/push.git"]', `pushInsteadOf = ${repositoryFor("job")}`, ""],
      ].join("\n"),
    );
    return gitlab;
  }

  /** The pipeline of a push to a branch. */
  async push(branch: string): Promise<GitLabRun> {
    return this.branchPipeline("push", branch);
  }

  /** The daily pipeline. */
  async schedule(): Promise<GitLabRun> {
    return this.branchPipeline("schedule", "main");
  }

  /** A pipeline that a person starts, with variables. */
  async startByHand(variables: Readonly<Record<string, string>>, branch = "main"): Promise<GitLabRun> {
    return this.branchPipeline("web", branch, variables);
  }

  /** Restarts the pipeline of an earlier push to main. */
  async rerun(commit: string): Promise<GitLabRun> {
    return this.pipeline(commit, "push", { CI_COMMIT_BRANCH: "main" }, {}, { project, ref: "main" });
  }

  /** The pipeline of a merge request into main. One from a fork runs in the fork, with the fork's variables: none. */
  async mergeRequest({ iid, branch, fork }: { iid: number; branch: string; fork?: string }): Promise<GitLabRun> {
    const commit = await this.options.origin.commitOf(`refs/heads/${branch}`);
    const predefined = {
      CI_MERGE_REQUEST_IID: `${iid}`,
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: fork ? "99" : "20",
    };
    return this.pipeline(commit, "merge_request_event", predefined, {}, { project: fork ?? project, ref: branch });
  }

  async close(): Promise<void> {
    this.commands.close();
    this.server.closeAllConnections();
    this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async branchPipeline(source: string, branch: string, variables = {}): Promise<GitLabRun> {
    const commit = await this.options.origin.commitOf(`refs/heads/${branch}`);
    return this.pipeline(commit, source, { CI_COMMIT_BRANCH: branch }, variables, { project, ref: branch });
  }

  private async pipeline(
    commit: string,
    source: string,
    predefined: Readonly<Record<string, string>>,
    variables: Readonly<Record<string, string>>,
    subject: { readonly project: string; readonly ref: string },
  ): Promise<GitLabRun> {
    const { origin, environments, signIdToken } = this.options;
    const isProtected = subject.project === project && subject.ref === "main";
    const host: GitLabHost = {
      origin,
      isProtected,
      environments,
      resources: this.resources,
      variables: [
        ...(this.options.variables ?? []),
        { name: "MERGE_REQUEST_TOKEN", value: tokens.notes, environment: "merge-request-notes" },
        { name: "TAG_TOKEN", value: tokens.tags, environment: "deployed-tags", onlyProtected: true },
      ].filter(() => subject.project === project),
      textOf: (file) => git(origin.bare, "show", `${commit}:${file}`),
      idToken: async (environment, audience) => {
        const claims = gitlabClaims({ ...subject, environment });
        this.subjects.add(claims.sub);
        return (await signIdToken?.(claims, audience)) ?? "a token that nobody accepts";
      },
      machine: {
        PATH: [path.join(this.folder, "bin"), path.dirname(process.execPath), "/usr/bin", "/bin"].join(path.delimiter),
        ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: path.join(this.folder, "gitconfig") },
      },
    };
    const known = {
      ...predefined,
      ...{ CI: "true", GITLAB_CI: "true", CI_PIPELINE_SOURCE: source, CI_COMMIT_SHA: commit },
      ...{ CI_PROJECT_ID: "20", CI_PROJECT_PATH: project, CI_PROJECT_URL: `http://127.0.0.1:1/${project}` },
      CI_REPOSITORY_URL: repositoryFor("job"),
      ...{ CI_PIPELINE_ID: `${++this.run}`, CI_API_V4_URL: `${this.address}/api/v4` },
    };
    return runPipeline(host, known, variables);
  }

  private get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The API of notes. https://docs.gitlab.com/api/notes/ */
  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${tokens.notes}`) return send(401, { message: "401 Unauthorized" });
    const { pathname } = new URL(request.url ?? "", this.address);
    if (pathname === "/api/v4/user") return send(200, { id: bot });
    const [, iid, id] = /^\/api\/v4\/projects\/20\/merge_requests\/(\d+)\/notes(?:\/(\d+))?$/.exec(pathname) ?? [];
    const shown = (note: Note) => ({ id: this.notes.indexOf(note), body: note.body, author: { id: note.author } });
    if (request.method === "GET")
      return send(200, this.notes.filter(({ mergeRequest }) => mergeRequest === Number(iid)).map(shown));
    const { body } = (await json(request)) as { body: string };
    if (body.length > 1_000_000) return send(400, { message: "note is too long (maximum is 1000000 characters)" });
    if (id === undefined) {
      this.notes.push({ mergeRequest: Number(iid), author: bot, body });
      return send(201, {});
    }
    const note = this.notes[Number(id)];
    if (!note) return send(404, { message: "404 Not found" });
    note.body = body;
    return send(200, {});
  }
}
