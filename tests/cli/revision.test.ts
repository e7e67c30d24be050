import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "@microservice-identities/test-support/processes";
import { inRevision } from "../../cli/review/revision";

/** Because of some features of git, a review could read different files than a pipeline deploys. */
describe("reading another revision", () => {
  let folder: string;
  const at = (...parts: string[]) => path.join(folder, ...parts);
  const git = async (...args: string[]): Promise<string> => {
    const settings = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"];
    const { code, stdout, stderr } = await run("git", [...settings, ...args], { cwd: folder });
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const write = (file: string, text: string) => writeFile(at(file), text);
  const commit = async (message: string) => {
    await git("add", "--all");
    await git("commit", "--quiet", "--message", message);
    return git("rev-parse", "HEAD");
  };
  /** The landscape of the revision, and the files that differ. */
  const read = (revision: string) =>
    inRevision(folder, revision, async ({ folder: tree, tooling }) => ({
      text: await readFile(path.join(tree, "shop.ts"), "utf8"),
      files: tooling.files,
    }));

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "revision-"));
    await git("init", "--quiet", "--initial-branch", "main");
    await write("shop.ts", "base");
    await write("other.ts", "other");
    await commit("Base");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("lists every kind of changed file, including untracked files", async () => {
    const base = await git("rev-parse", "HEAD");
    await write("shop.ts", "changed");
    await rm(at("other.ts"));
    await symlink("shop.ts", at("link.ts"));
    await write("new\nline.ts", "");
    await commit("Change");
    await symlink("/etc/passwd", at("later.ts"));
    await write("SHOP.ts", "");
    await mkdir(at("vendor"));
    await run("git", ["init", "--quiet"], { cwd: at("vendor") });
    expect((await read(base)).files).toEqual([
      { path: "link.ts", now: "symbolic link" },
      { path: "new\nline.ts", now: "file" },
      { path: "other.ts", before: "file" },
      { path: "shop.ts", before: "file", now: "file", sameButCase: ["SHOP.ts"] },
      { path: "SHOP.ts", now: "file", sameButCase: ["shop.ts"] },
      { path: "later.ts", now: "symbolic link" },
      { path: "vendor/", now: "submodule" },
    ]);
  });

  it("keeps the earlier and the current text of each file after the revision's folder is removed", async () => {
    await write("shop.ts", "changed");
    await write("new.ts", "new");
    const { before, now } = await inRevision(folder, "HEAD", async ({ tooling }) => tooling);
    const files = ["shop.ts", "other.ts", "new.ts", "missing.ts"];
    expect(files.map((file) => [before(file), now(file)])).toEqual([
      ["base", "changed"],
      ["other", "other"],
      [undefined, "new"],
      [undefined, undefined],
    ]);
  });

  it("lists a submodule with another commit, although .gitmodules tells git to ignore it", async () => {
    const other = at("..", `${path.basename(folder)}-other`);
    await run("git", ["clone", "--quiet", folder, other]);
    await git("submodule", "--quiet", "add", other, "vendor");
    await git("config", "--file", ".gitmodules", "submodule.vendor.ignore", "all");
    const before = await commit("Submodule");
    const author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    await run("git", [...author, "commit", "--quiet", "--allow-empty", "--message", "Later"], { cwd: at("vendor") });
    await git("add", "--force", "vendor");
    await git("commit", "--quiet", "--message", "Moved");
    const { files } = await read(before);
    await rm(other, { recursive: true });
    expect(files).toEqual([{ path: "vendor", before: "submodule", now: "submodule" }]);
  });

  it("reads the commit itself, although the clone replaces it with another commit", async () => {
    const base = await git("rev-parse", "HEAD");
    await write("shop.ts", "changed");
    await git("replace", base, await commit("Change"));
    expect(await read(base)).toEqual({ text: "base", files: [{ path: "shop.ts", before: "file", now: "file" }] });
  });

  it("reads the real parent of a commit, although the clone has a graft", async () => {
    await write("shop.ts", "changed");
    const changed = await commit("Change");
    await write("shop.ts", "changed again");
    await write(".git/info/grafts", `${await commit("Change again")}\n`);
    expect((await read("HEAD~1")).text).toBe("changed");
    expect((await read(changed)).text).toBe("changed");
  });

  it("reads files unchanged, although .gitattributes excludes them from archives and substitutes text in them", async () => {
    await write(".gitattributes", "shop.ts export-ignore export-subst\n");
    await write("shop.ts", "$Format:%H$");
    await commit("Attributes");
    expect(await read("HEAD")).toEqual({ text: "$Format:%H$", files: [] });
  });

  it("runs no hooks of the clone", async () => {
    await writeFile(at(".git", "hooks", "post-checkout"), "#!/bin/sh\necho evil > shop.ts\n", { mode: 0o755 });
    expect((await read("HEAD")).text).toBe("base");
  });

  it.each([
    ["a tag and a branch", "tag", "release", "release", "refs/tags/release or refs/heads/release"],
    [
      "a tag and a branch, with the suffix ~0",
      "tag",
      "release",
      "release~0",
      "refs/tags/release or refs/heads/release",
    ],
  ])("refuses a name that is %s", async (_, kind, name, revision, meant) => {
    await git("branch", name);
    await git(kind, name);
    await expect(read(revision)).rejects.toThrow(`--against: "${revision}" can mean ${meant}; write the full name`);
    expect((await read(`refs/heads/${name}`)).text).toBe("base");
  });

  it("refuses a branch whose name is also the digest of a commit", async () => {
    const digest = (await git("rev-parse", "HEAD")).slice(0, 8);
    await git("branch", digest);
    await expect(read(digest)).rejects.toThrow(
      `--against: "${digest}" can mean refs/heads/${digest} or the commit of this digest; write the full name`,
    );
  });

  it.each(["--all", "-h", "main:shop.ts", "main..main", "shop.ts"])(
    "does not accept %s as a revision",
    async (revision) => {
      await expect(read(revision)).rejects.toThrow(`--against: git does not know the revision "${revision}"`);
    },
  );

  it("reads a branch whose name looks like an option, if the full name is given", async () => {
    await git("update-ref", "refs/heads/--output=x", "HEAD");
    expect((await read("refs/heads/--output=x")).text).toBe("base");
  });

  it("refuses a sparse working tree, because a pipeline deploys all files", async () => {
    await mkdir(at("stacks"));
    await write("stacks/shop.ts", "");
    await commit("Folder");
    await git("sparse-checkout", "set", "--no-cone", "/shop.ts");
    await expect(read("HEAD")).rejects.toThrow(
      "--against: the working tree is a sparse checkout without other.ts, stacks/shop.ts; run `git sparse-checkout disable`",
    );
  });

  it("leaves no worktree behind when the review fails", async () => {
    await expect(inRevision(folder, "HEAD", () => Promise.reject(new Error("it failed")))).rejects.toThrow("it failed");
    expect((await git("worktree", "list", "--porcelain")).match(/^worktree /gm)).toHaveLength(1);
  });
});
