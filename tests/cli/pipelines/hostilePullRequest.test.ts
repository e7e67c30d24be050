import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type GitOrigin, git } from "@microservice-identities/test-support/pipelines/gitOrigin";
import { idTokenClaims } from "@microservice-identities/test-support/pipelines/idTokens";
import { recordedRepository } from "@microservice-identities/test-support/pipelines/recordedRepository";
import { resultsOf } from "@microservice-identities/test-support/pipelines/results";
import { closeRepositories } from "@microservice-identities/test-support/pipelines/simulatedRepository";
import { run } from "@microservice-identities/test-support/processes";

jest.setTimeout(60_000);
afterEach(closeRepositories);

/** Commits files on a branch, like the author of a pull request. */
async function commit(origin: GitOrigin, branch: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(origin.clone, file)), { recursive: true });
    await writeFile(path.join(origin.clone, file), text);
  }
  return origin.push(branch, "A change");
}

const evil = `
name: Evil
on:
  pull_request:
    branches: [main]
permissions:
  contents: write
  pull-requests: write
  id-token: write
jobs:
  asConsenter: { environment: prod-consent, runs-on: ubuntu-latest, steps: [{ run: echo reached }] }
  asRegistrar: { environment: prod, runs-on: ubuntu-latest, steps: [{ run: echo reached }] }
  asDaily: { environment: prod-daily, runs-on: ubuntu-latest, steps: [{ run: echo reached }] }
  elsewhere: { environment: unprotected, runs-on: ubuntu-latest, steps: [{ run: echo reached }] }
  plain: { runs-on: ubuntu-latest, steps: [{ run: echo reached }] }
`;

describe("a hostile pull request", () => {
  it("from a branch starts no job in a protected environment, even with its own workflow", async () => {
    const { github, origin, asked } = await recordedRepository();
    await commit(origin, "evil", { ".github/workflows/evil.yml": evil });
    const results = await github.pullRequest({ number: 7, branch: "evil" });
    expect(resultsOf(results["evil.yml"] ?? { result: "skipped", jobs: [] })).toEqual([
      ...["asConsenter: failure", "asRegistrar: failure", "asDaily: failure", "elsewhere: success", "plain: success"],
    ]);
    expect(asked).toEqual([]);
    const started = github.started.filter(({ startedBy }) => startedBy === "evil.yml");
    // signIn.test.ts tests as which identity these subjects sign in: the first as none, the second as the previewer.
    expect(started.map((job) => idTokenClaims(github.subjectOf(job)).sub).sort()).toEqual([
      ...["repo:acme/shop:environment:unprotected", "repo:acme/shop:pull_request"],
    ]);
  });

  it("from a fork gets a read-only token and no id token, even if its workflow asks for more", async () => {
    const { github, origin } = await recordedRepository();
    await commit(origin, "evil", { ".github/workflows/evil.yml": evil });
    await github.pullRequest({ number: 8, branch: "evil", fork: "mallory/shop" });
    const started = github.started.filter(({ startedBy }) => startedBy === "evil.yml");
    expect(started.map(({ permissions }) => permissions)).toEqual(
      started.map(() => ({ contents: "read", "pull-requests": "read", "id-token": "none" })),
    );
    for (const job of started)
      await expect(github.idToken(job, "api://AzureADTokenExchange")).rejects.toThrow(
        "is not allowed to request a token",
      );
    expect(github.comments).toEqual([]);
  });

  it("can change the scripts that its own jobs run, but these scripts cannot change a branch or a tag", async () => {
    const { github, origin } = await recordedRepository();
    const script =
      "#!/bin/sh\ngit push --force origin HEAD:refs/heads/main HEAD:refs/tags/deployed/prod; echo pushed: $?\n";
    await commit(origin, "evil", { "cli/pipelines/deploy-as.sh": script });
    const before = await origin.commitOf("main");
    const run = (await github.pullRequest({ number: 7, branch: "evil" }))["pull-request.yml"];
    const preview = run?.jobs.find(({ name }) => name === "preview");
    expect([preview?.permissions.contents, preview?.log]).toEqual(["read", expect.stringMatching(/pushed: [1-9]/)]);
    expect(await origin.commitOf("main")).toBe(before);
    expect(await origin.refs()).not.toContain("refs/tags/deployed/prod");
  });

  it("is compared with the branch main, even if it adds files, tags or branches of the same name", async () => {
    const { github, origin, calls } = await recordedRepository();
    const main = await origin.commitOf("main");
    const head = await commit(origin, "evil", {
      "origin/main": "",
      "refs/remotes/origin/main": "",
      HEAD: "",
      main: "",
    });
    for (const planted of [
      "tags/origin/main",
      "tags/refs/remotes/origin/main",
      "heads/origin/main",
      "heads/refs/remotes/origin/main",
    ])
      await git(origin.bare, "update-ref", `refs/${planted}`, head);
    await github.pullRequest({ number: 7, branch: "evil" });
    const [, against = ""] = /--against (\S+)/.exec(calls.map(({ line }) => line).join("\n")) ?? [];
    expect(against).toBe("refs/remotes/origin/main");
    // A checkout that contains all planted names.
    const checkout = path.join(origin.clone, "..", "checkout");
    await git(origin.clone, "clone", "--quiet", origin.bare, checkout);
    await git(checkout, "checkout", "--quiet", "--detach", head);
    expect(await git(checkout, "rev-parse", "--verify", "--end-of-options", `${against}^{commit}`)).toBe(main);
    // The short name refers to the planted tag.
    expect(await git(checkout, "rev-parse", "--verify", "origin/main^{commit}")).toBe(head);
  });

  it("runs no hooks of its package.json when the pipeline installs packages", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "hooks-"));
    const hooks = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];
    const scripts = Object.fromEntries(hooks.map((hook) => [hook, `echo > ${hook}`]));
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "evil", version: "1.0.0", scripts }));
    const lock = {
      name: "evil",
      version: "1.0.0",
      lockfileVersion: 3,
      packages: { "": { name: "evil", version: "1.0.0" } },
    };
    await writeFile(path.join(folder, "package-lock.json"), JSON.stringify(lock));
    const { code } = await run("npm", ["ci", "--ignore-scripts", "--offline", "--no-audit", "--no-fund"], {
      cwd: folder,
    });
    expect(code).toBe(0);
    expect((await readdir(folder)).filter((file) => hooks.includes(file))).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it("does not change a deployment, which uses the workflows, scripts and policies of main", async () => {
    const { github, origin, answers, calls, deployments } = await recordedRepository();
    await commit(origin, "evil", {
      "cli/pipelines/needs-consent.sh": "#!/bin/sh\necho consents=false; echo environment=prod-daily\n",
      "stacks/waivers.yaml": "waivers: [everything]\n",
      "packages/review/pack/upkeep.json": "{}\n",
    });
    await github.pullRequest({ number: 7, branch: "evil" });
    calls.length = 0;
    // The run may stop here: this test needs only the beginning of the first deployment.
    answers.failing = "npm run up";
    const run = (await github.push("refs/heads/main"))["deploy.yml"];
    expect(run?.jobs.flatMap(({ environment }) => environment ?? [])).toEqual(["dev-consent"]);
    expect(deployments()).toEqual(["dev as the consenter of dev"]);
  });

  it("cannot make the pipeline overwrite somebody else's comment", async () => {
    // Somebody's comment, which begins in the same way as the pipeline's.
    const { github, origin } = await recordedRepository();
    github.comments.push({ pullRequest: 7, body: "<!-- access review -->\nAll is well.", user: "User" });
    await commit(origin, "change", { file: "" });
    await github.pullRequest({ number: 7, branch: "change" });
    expect(github.comments.map(({ body, user }) => [body.split("\n")[1], user])).toEqual([
      ["All is well.", "User"],
      ["Nothing changes.", "Bot"],
    ]);
  });
});
