import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type GitOrigin, git, gitOrigin } from "@microservice-identities/test-support/pipelines/gitOrigin";
import { projectFolder, run } from "@microservice-identities/test-support/processes";

jest.setTimeout(60_000);

let folder: string;
let origin: GitOrigin;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tag-"));
  await mkdir(path.join(folder, "project"));
  await writeFile(path.join(folder, "project/file"), "first");
  origin = await gitOrigin(path.join(folder, "project"));
});
afterEach(async () => {
  await origin.close();
  await rm(folder, { recursive: true });
});

/** Runs a script in a checkout of a revision, in the same way as a job. */
async function runAt(revision: string, script: string) {
  const checkout = path.join(folder, `checkout-${revision.slice(0, 8)}`);
  await git(folder, "clone", "--quiet", origin.bare, checkout);
  await git(checkout, "checkout", "--quiet", "--detach", revision);
  const result = await run(path.join(projectFolder, "cli/pipelines", script), ["prod"], { cwd: checkout });
  await rm(checkout, { recursive: true });
  return result;
}
const tagged = () => origin.commitOf("refs/tags/deployed/prod");

describe("the tag of the deployed revision", () => {
  it("is created by the first deployment, moves forward with a later one, and never moves back", async () => {
    const first = await origin.commitOf("main");
    const second = await origin.push("main", "Second");
    expect(await runAt(first, "remember.sh")).toMatchObject({
      code: 0,
      stdout: `deployed/prod is at ${first.slice(0, 7)}.\n`,
    });
    expect(await tagged()).toBe(first);
    expect((await runAt(second, "remember.sh")).code).toBe(0);
    expect(await tagged()).toBe(second);
    // An earlier run that had to wait.
    expect(await runAt(first, "remember.sh")).toMatchObject({
      code: 0,
      stdout: `deployed/prod is already at ${second.slice(0, 7)}.\n`,
    });
    expect(await tagged()).toBe(second);
  });

  it("is not confused with a branch of the same name", async () => {
    await git(origin.clone, "push", "--quiet", "origin", "HEAD:refs/heads/deployed/prod");
    const second = await origin.push("main", "Second");
    expect((await runAt(second, "remember.sh")).code).toBe(0);
    expect(await tagged()).toBe(second);
    expect(await origin.commitOf("refs/heads/deployed/prod")).not.toBe(second);
  });

  it("prevents an earlier revision from replacing a later one, but allows the same revision again", async () => {
    const first = await origin.commitOf("main");
    const second = await origin.push("main", "Second");
    // Nothing has been deployed yet.
    expect((await runAt(first, "not-older.sh")).code).toBe(0);
    await runAt(second, "remember.sh");
    expect((await runAt(second, "not-older.sh")).code).toBe(0);
    expect(await runAt(first, "not-older.sh")).toMatchObject({
      code: 1,
      stderr: [
        `prod has been deployed from ${second.slice(0, 7)}, which is later than ${first.slice(0, 7)}.`,
        "Nothing has been changed. To deploy what is on main now, start the pipeline again on main.",
        "",
      ].join("\n"),
    });
  });
});
