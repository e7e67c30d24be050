import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder, runCommand } from "@microservice-identities/test-support/processes";

jest.setTimeout(240_000);

describe("npm run review", () => {
  it("reads --against only as a revision, even if a file has that name, and --against-file only as a file", async () => {
    const asRevision = await runCommand("review", "--against", "package.json");
    expect([asRevision.code, asRevision.stderr.trim().split(": fatal")[0]]).toEqual([
      2,
      '--against: git does not know the revision "package.json" (a file is --against-file)',
    ]);
    const asOption = await runCommand("review", "--against=--all");
    expect([asOption.code, asOption.stderr.trim().split(": fatal")[0]]).toEqual([
      2,
      '--against: git does not know the revision "--all" (a file is --against-file)',
    ]);
    const asFile = await runCommand("review", "--against-file", "HEAD");
    expect([asFile.code, asFile.stderr.trim()]).toEqual([
      2,
      "cannot read HEAD: there is no such file; correct the path",
    ]);
  });

  it("does not repeat the content of a file that is not JSON", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "review-"));
    await writeFile(path.join(folder, "secret.json"), "hunter2");
    const { code, stderr } = await runCommand("review", "--state", path.join(folder, "secret.json"));
    await rm(folder, { recursive: true });
    expect([code, stderr.trim()]).toEqual([
      2,
      `${path.join(folder, "secret.json")} is not JSON; create it with \`pulumi stack export --file <file>\``,
    ]);
  });

  it("reviews every stack that has settings against the revision, and lists each stack in every format", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "review-"));
    const [json, sarif, junit, html] = ["review.json", "review.sarif", "review.xml", "review.html"].map((file) =>
      path.join(folder, file),
    ) as [string, string, string, string];
    const args = [
      "--every-stack",
      "--against",
      "HEAD",
      "--fail-on",
      "never",
      "--out",
      json,
      "--out",
      sarif,
      "--out",
      junit,
      "--out",
      html,
    ];
    const { code, stderr } = await runCommand("review", ...args);
    expect([code, stderr]).toEqual([0, ""]);
    const stacks = readdirSync(projectFolder).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
    const reviews = JSON.parse(await readFile(json, "utf8")) as { stack: string; base: string }[];
    expect(reviews.map(({ stack, base }) => [stack, base])).toEqual(stacks.sort().map((stack) => [stack, "HEAD"]));
    expect((JSON.parse(await readFile(sarif, "utf8")) as { runs: unknown[] }).runs).toHaveLength(stacks.length);
    expect((await readFile(junit, "utf8")).match(/<testsuite name="review of [^"]*"/g)).toEqual(
      stacks.map((stack) => `<testsuite name="review of ${stack}"`),
    );
    const sections = (await readFile(html, "utf8")).match(/<h2>Stack [^<]*<\/h2>/g);
    expect(sections?.sort()).toEqual(stacks.map((stack) => `<h2>Stack ${stack}</h2>`));
    await rm(folder, { recursive: true });
  });
});
