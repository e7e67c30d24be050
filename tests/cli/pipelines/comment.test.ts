import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { comment } from "../../../cli/pipelines/pullRequestComment";

interface ReceivedRequest {
  readonly request: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Starts a server that returns the given answers and records the requests. */
async function serve(answers: Record<string, (base: string) => { json: unknown; link?: string }>) {
  const seen: ReceivedRequest[] = [];
  const server = http.createServer(async (request, response) => {
    const body = await text(request);
    const key = `${request.method} ${request.url}`;
    seen.push({
      request: key,
      authorization: request.headers.authorization,
      body: body ? JSON.parse(body) : undefined,
    });
    const answer = answers[key]?.(base);
    response.writeHead(answer ? 200 : 403, answer?.link ? { link: answer.link } : {});
    response.end(JSON.stringify(answer ? answer.json : { message: "Resource not accessible by integration" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { base, seen, close: () => server.close() };
}

const review = "<!-- access review -->\n## Access review\n";

describe("a comment on a pull request of GitHub", () => {
  const comments = "/repos/acme/shop/issues/7/comments";
  const environment = (base: string) => ({
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: base,
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_TOKEN: "token",
    GITHUB_REF: "refs/pull/7/merge",
  });

  it("is created the first time, although somebody else wrote the same text", async () => {
    const { base, seen, close } = await serve({
      [`GET ${comments}?per_page=100`]: () => ({ json: [{ url: "other", body: review, user: { type: "User" } }] }),
      [`POST ${comments}`]: () => ({ json: {} }),
    });
    expect(await comment(review, environment(base))).toBe("created");
    expect(seen).toEqual([
      { request: `GET ${comments}?per_page=100`, authorization: "Bearer token", body: undefined },
      { request: `POST ${comments}`, authorization: "Bearer token", body: { body: review } },
    ]);
    close();
  });

  it("is updated the next time, even if it is on a later page of comments", async () => {
    const { base, seen, close } = await serve({
      [`GET ${comments}?per_page=100`]: (at) => ({
        json: [],
        link: `<${at}${comments}?page=2>; rel="next", <x>; rel="last"`,
      }),
      [`GET ${comments}?page=2`]: (at) => ({
        json: [{ url: `${at}/comments/42`, body: `${review}before`, user: { type: "Bot" } }],
      }),
      "PATCH /comments/42": () => ({ json: {} }),
    });
    expect(await comment(review, environment(base))).toBe("updated");
    expect(seen.at(-1)).toEqual({
      request: "PATCH /comments/42",
      authorization: "Bearer token",
      body: { body: review },
    });
    close();
  });

  it("fails with the server's answer, but without the token, if the server refuses it", async () => {
    const { base, close } = await serve({ [`GET ${comments}?per_page=100`]: () => ({ json: [] }) });
    await expect(comment(review, environment(base))).rejects.toThrow(
      new Error(`POST ${base}${comments}: 403 {"message":"Resource not accessible by integration"}`),
    );
    close();
  });

  it("fails outside a run for a pull request", async () => {
    const { GITHUB_TOKEN: _, ...missing } = environment("http://127.0.0.1:1");
    await expect(comment(review, missing)).rejects.toThrow(
      new Error("GITHUB_TOKEN is not set; run this command in a pipeline that runs for a pull request"),
    );
    const push = { ...environment("http://127.0.0.1:1"), GITHUB_REF: "refs/heads/main" };
    await expect(comment(review, push)).rejects.toThrow(
      new Error('GITHUB_REF is "refs/heads/main"; allowed: the ref of a pull request, for example refs/pull/7/merge'),
    );
  });
});

describe("a note on a merge request of GitLab", () => {
  const notes = "/api/v4/projects/20/merge_requests/3/notes";
  const environment = (base: string) => ({
    GITLAB_CI: "true",
    CI_API_V4_URL: `${base}/api/v4`,
    CI_PROJECT_ID: "20",
    CI_MERGE_REQUEST_IID: "3",
    MERGE_REQUEST_TOKEN: "token",
  });

  it("is created the first time and updated the next time, even on a later page; somebody else's note stays", async () => {
    const mine: unknown[] = [];
    const { base, seen, close } = await serve({
      "GET /api/v4/user": () => ({ json: { id: 7 } }),
      [`GET ${notes}?per_page=100`]: (at) => ({
        json: [{ id: 1, body: review, author: { id: 8 } }],
        link: `<${at}${notes}?page=2>; rel="next"`,
      }),
      [`GET ${notes}?page=2`]: () => ({ json: mine }),
      [`POST ${notes}`]: () => ({ json: {} }),
      [`PUT ${notes}/42`]: () => ({ json: {} }),
    });
    expect(await comment(review, environment(base))).toBe("created");
    expect(seen.at(-1)).toEqual({
      request: `POST ${notes}`,
      authorization: "Bearer token",
      body: { body: review },
    });
    mine.push({ id: 42, body: `${review}before`, author: { id: 7 } });
    expect(await comment(review, environment(base))).toBe("updated");
    expect(seen.at(-1)).toEqual({
      request: `PUT ${notes}/42`,
      authorization: "Bearer token",
      body: { body: review },
    });
    close();
  });

  it("fails outside a pipeline for a merge request, and without the project's token", async () => {
    await expect(
      comment(review, { GITLAB_CI: "true", CI_API_V4_URL: "http://127.0.0.1:1", CI_PROJECT_ID: "20" }),
    ).rejects.toThrow(
      new Error(
        "CI_MERGE_REQUEST_IID, MERGE_REQUEST_TOKEN are not set; run this command in a pipeline that runs for a pull request",
      ),
    );
  });
});

describe("a comment on a pull request of Azure Repos", () => {
  const threads = "/acme/project/_apis/git/repositories/repository/pullRequests/7/threads";
  const environment = (base: string) => ({
    SYSTEM_COLLECTIONURI: `${base}/acme/`,
    SYSTEM_TEAMPROJECTID: "project",
    BUILD_REPOSITORY_ID: "repository",
    SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
    SYSTEM_ACCESSTOKEN: "token",
  });

  it("is created as a closed thread the first time, and is updated the next time", async () => {
    // Somebody else's comment, which begins in the same way as ours.
    const value: unknown[] = [{ id: 1, comments: [{ id: 1, content: review, author: { id: "somebody" } }] }];
    const { base, seen, close } = await serve({
      "GET /acme/_apis/connectionData": () => ({ json: { authenticatedUser: { id: "build-service" } } }),
      [`GET ${threads}?api-version=7.1`]: () => ({ json: { value } }),
      [`POST ${threads}?api-version=7.1`]: () => ({ json: {} }),
      [`PATCH ${threads}/2/comments/1?api-version=7.1`]: () => ({ json: {} }),
    });
    expect(await comment(review, environment(base))).toBe("created");
    expect(seen.at(-1)).toEqual({
      request: `POST ${threads}?api-version=7.1`,
      authorization: "Bearer token",
      body: { comments: [{ parentCommentId: 0, content: review, commentType: 1 }], status: 4 },
    });
    value.push({ id: 2, comments: [{ id: 1, content: review, author: { id: "build-service" } }] });
    expect(await comment(review, environment(base))).toBe("updated");
    expect(seen.at(-1)).toEqual({
      request: `PATCH ${threads}/2/comments/1?api-version=7.1`,
      authorization: "Bearer token",
      body: { content: review },
    });
    close();
  });
});
