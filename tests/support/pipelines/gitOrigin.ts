import { execFile } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const identity = { NAME: "Test", EMAIL: "test@example.org" };
const author = Object.fromEntries(
  Object.entries(identity).flatMap(([name, value]) => [
    [`GIT_AUTHOR_${name}`, value],
    [`GIT_COMMITTER_${name}`, value],
  ]),
);

/** Runs git without the settings of this machine. @throws Error with git's message */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1", ...author };
  const { stdout } = await promisify(execFile)("git", args, { cwd: folder, env, maxBuffer: 1 << 26 });
  return stdout.trim();
}

/** A repository at a code host, and a clone of it in which the test changes files. */
export interface GitOrigin {
  readonly bare: string;
  readonly clone: string;
  /** Commits everything in the clone, and pushes it. @returns the commit */
  push(branch: string, message: string): Promise<string>;
  /** The commit of a ref. */
  commitOf(ref: string): Promise<string>;
  refs(): Promise<string[]>;
  close(): Promise<void>;
}

/** Files by their paths. Scripts are executable. */
export type Files = Readonly<Record<string, string>>;

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
}

/** @param files the first commit on `main` */
export async function originOf(files: Files): Promise<GitOrigin> {
  const folder = await mkdtemp(path.join(tmpdir(), "files-"));
  try {
    await writeFiles(folder, files);
    return await gitOrigin(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param project the folder whose files are the first commit on `main` */
export async function gitOrigin(project: string): Promise<GitOrigin> {
  const folder = await mkdtemp(path.join(tmpdir(), "origin-"));
  const [bare, clone] = [path.join(folder, "origin.git"), path.join(folder, "clone")];
  await git(folder, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  // As GitHub does: the actions fetch commits, not branches.
  await git(bare, "config", "uploadpack.allowAnySHA1InWant", "true");
  await cp(project, clone, { recursive: true, verbatimSymlinks: true });
  await git(clone, "init", "--quiet", "--initial-branch=main");
  await git(clone, "remote", "add", "origin", bare);
  // A link here, not a folder, so that a pattern with a slash at its end would not match it.
  await appendFile(path.join(clone, ".git/info/exclude"), "node_modules\n");
  const origin: GitOrigin = {
    bare,
    clone,
    async push(branch, message) {
      await git(clone, "add", "--all");
      await git(clone, "commit", "--quiet", "--allow-empty", "--message", message);
      // The author of a pull request may force-push its branch; nobody force-pushes main.
      const forced = branch === "main" ? [] : ["--force"];
      await git(clone, "push", "--quiet", ...forced, "origin", `HEAD:refs/heads/${branch}`);
      return git(clone, "rev-parse", "HEAD");
    },
    commitOf: (ref) => git(bare, "rev-parse", "--verify", `${ref}^{commit}`),
    refs: async () => (await git(bare, "for-each-ref", "--format=%(refname)")).split("\n").filter(Boolean),
    close: () => rm(folder, { recursive: true, force: true }),
  };
  await origin.push("main", "First");
  return origin;
}
