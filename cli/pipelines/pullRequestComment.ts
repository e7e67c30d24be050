import { shown } from "@microservice-identities/validation/shown";
import { z } from "zod";

/** The comments of a pull request. */
interface PullRequest {
  /** The address of the comment with this first line. */
  find(firstLine: string): Promise<string | undefined>;
  create(text: string): Promise<void>;
  update(address: string, text: string): Promise<void>;
}

/** A variable is missing in the pipeline's environment, or the server answered with an error. */
export class CommentError extends Error {}

/**
 * Writes a comment on the pull request of the pipeline. It replaces the earlier comment with the same first line, if there is
 * one.
 *
 * @param text its first line must differ from that of every other comment
 * @param environment of a job of GitHub Actions, GitLab CI or Azure Pipelines
 * @throws CommentError
 */
export async function comment(text: string, environment: NodeJS.ProcessEnv): Promise<"created" | "updated"> {
  const pullRequest = serverOf(environment)(environment);
  const address = await pullRequest.find(text.split("\n")[0] ?? "");
  if (address === undefined) await pullRequest.create(text);
  else await pullRequest.update(address, text);
  return address === undefined ? "created" : "updated";
}

function serverOf({ GITHUB_ACTIONS, GITLAB_CI }: NodeJS.ProcessEnv): (environment: NodeJS.ProcessEnv) => PullRequest {
  if (GITHUB_ACTIONS) return onGitHub;
  return GITLAB_CI ? onGitLab : onAzure;
}

/** https://docs.github.com/rest/issues/comments */
function onGitHub(environment: NodeJS.ProcessEnv): PullRequest {
  const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_REF } = required(environment, [
    "GITHUB_API_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_TOKEN",
    "GITHUB_REF",
  ]);
  const number = /^refs\/pull\/(\d+)\//.exec(GITHUB_REF)?.[1];
  if (number === undefined)
    throw new CommentError(
      `GITHUB_REF is ${shown(GITHUB_REF)}; allowed: the ref of a pull request, for example refs/pull/7/merge`,
    );
  const comments = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues/${number}/comments`;
  const send = (method: string, address: string, body?: object) => request(method, address, GITHUB_TOKEN, body);
  const page = z.array(
    z.object({
      url: z.string(),
      body: z.string().nullish(),
      // Only comments of an app: anybody can write a comment with the same first line.
      user: z.object({ type: z.string() }).nullish(),
    }),
  );
  return {
    async find(firstLine) {
      const mine = await firstOf(send, `${comments}?per_page=100`, (json) =>
        page.parse(json).find(({ body, user }) => user?.type === "Bot" && body?.startsWith(firstLine)),
      );
      return mine?.url;
    },
    create: async (body) => void (await send("POST", comments, { body })),
    update: async (address, body) => void (await send("PATCH", address, { body })),
  };
}

/** https://docs.gitlab.com/api/notes/ */
function onGitLab(environment: NodeJS.ProcessEnv): PullRequest {
  const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, MERGE_REQUEST_TOKEN } = required(environment, [
    "CI_API_V4_URL",
    "CI_PROJECT_ID",
    "CI_MERGE_REQUEST_IID",
    "MERGE_REQUEST_TOKEN",
  ]);
  const notes = `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/merge_requests/${CI_MERGE_REQUEST_IID}/notes`;
  const send = (method: string, address: string, body?: object) => request(method, address, MERGE_REQUEST_TOKEN, body);
  const page = z.array(
    z.object({ id: z.int(), body: z.string().nullish(), author: z.object({ id: z.int() }).nullish() }),
  );
  const signedIn = z.object({ id: z.int() });
  return {
    async find(firstLine) {
      // Whose token it is. Only what this pipeline wrote is its own: anybody can begin a note with the same line.
      const self = signedIn.parse((await send("GET", `${CI_API_V4_URL}/user`)).json);
      const mine = await firstOf(send, `${notes}?per_page=100`, (json) =>
        page.parse(json).find(({ body, author }) => author?.id === self.id && body?.startsWith(firstLine)),
      );
      return mine && `${notes}/${mine.id}`;
    },
    create: async (body) => void (await send("POST", notes, { body })),
    update: async (address, body) => void (await send("PUT", address, { body })),
  };
}

/** https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads */
function onAzure(environment: NodeJS.ProcessEnv): PullRequest {
  const given = required(environment, [
    "SYSTEM_COLLECTIONURI",
    "SYSTEM_TEAMPROJECTID",
    "BUILD_REPOSITORY_ID",
    "SYSTEM_PULLREQUEST_PULLREQUESTID",
    "SYSTEM_ACCESSTOKEN",
  ]);
  const { SYSTEM_COLLECTIONURI, SYSTEM_TEAMPROJECTID, BUILD_REPOSITORY_ID, SYSTEM_PULLREQUEST_PULLREQUESTID } = given;
  const repository = `${SYSTEM_COLLECTIONURI.replace(/\/$/, "")}/${SYSTEM_TEAMPROJECTID}/_apis/git/repositories/${BUILD_REPOSITORY_ID}`;
  const threads = `${repository}/pullRequests/${SYSTEM_PULLREQUEST_PULLREQUESTID}/threads`;
  const version = "api-version=7.1";
  const send = (method: string, address: string, body?: object) =>
    request(method, address, given.SYSTEM_ACCESSTOKEN, body);
  const written = z.object({
    id: z.int(),
    content: z.string().nullish(),
    author: z.object({ id: z.string() }).nullish(),
  });
  const page = z.object({ value: z.array(z.object({ id: z.int(), comments: z.array(written).nullish() })) });
  const signedIn = z.object({ authenticatedUser: z.object({ id: z.string() }) });
  return {
    async find(firstLine) {
      // The owner of the token. Only comments of this pipeline are replaced: anybody can write a comment with the same first line.
      const self = await send("GET", `${SYSTEM_COLLECTIONURI.replace(/\/$/, "")}/_apis/connectionData`);
      const { id: ourId } = signedIn.parse(self.json).authenticatedUser;
      const { json } = await send("GET", `${threads}?${version}`);
      for (const { id, comments } of page.parse(json).value) {
        const found = comments?.find(({ content, author }) => author?.id === ourId && content?.startsWith(firstLine));
        if (found) return `${threads}/${id}/comments/${found.id}?${version}`;
      }
      return undefined;
    },
    async create(content) {
      // The thread is closed, so that nobody has to resolve it.
      const first = { parentCommentId: 0, content, commentType: 1 };
      await send("POST", `${threads}?${version}`, { comments: [first], status: 4 });
    },
    update: async (address, content) => void (await send("PATCH", address, { content })),
  };
}

/** The first match in a list of several pages. */
async function firstOf<Match>(
  send: (method: string, address: string) => Promise<{ json: unknown; link: string }>,
  address: string,
  matchIn: (page: unknown) => Match | undefined,
): Promise<Match | undefined> {
  for (let next: string | undefined = address; next !== undefined; ) {
    const { json, link } = await send("GET", next);
    const match = matchIn(json);
    if (match !== undefined) return match;
    next = /<([^>]+)>; rel="next"/.exec(link)?.[1];
  }
  return undefined;
}

async function request(method: string, address: string, token: string, body?: object) {
  const response = await fetch(address, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : null,
  });
  const text = await response.text();
  if (!response.ok) throw new CommentError(`${method} ${address}: ${response.status} ${text.slice(0, 300)}`);
  return { json: JSON.parse(text) as unknown, link: response.headers.get("link") ?? "" };
}

function required<Name extends string>(environment: NodeJS.ProcessEnv, names: readonly Name[]): Record<Name, string> {
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0)
    throw new CommentError(
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not set; run this command in a pipeline that runs for a pull request`,
    );
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
