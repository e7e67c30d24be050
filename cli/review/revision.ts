import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Tooling } from "@microservice-identities/review/tooling/tooling";
import { CommandError } from "../command";
import { changedFiles, type Git } from "./changedFiles";
import { linkOwnPackages } from "./ownPackages";

/** Another revision of the project. */
export interface Revision {
  /** A folder with its files. */
  readonly folder: string;
  /** The files that differ from it. */
  readonly tooling: Tooling;
}

/**
 * Checks out another revision next to the project, with the packages that are installed here, apart from the project's own.
 *
 * @param revision anything that git accepts as a commit; never a file
 * @param use receives the revision, whose folder is removed afterwards
 * @throws CommandError if git does not know the revision, or knows several
 */
export async function inRevision<T>(
  projectFolder: string,
  revision: string,
  use: (revision: Revision) => Promise<T>,
): Promise<T> {
  const git = gitIn(projectFolder);
  const commit = await commitOf(git, revision);
  await refuseSparse(git);
  const folder = await mkdtemp(path.join(tmpdir(), "review-"));
  const tree = path.join(folder, "tree");
  try {
    await git("worktree", "add", "--quiet", "--detach", tree, commit);
    // Node looks for a package in the folders above, too: installed packages are there, and the revision's own ones in the tree.
    await symlink(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
    await linkOwnPackages(tree);
    return await use({ folder: tree, tooling: await changedFiles(git, projectFolder, commit, tree) });
  } finally {
    await git("worktree", "remove", "--force", tree).catch(() => git("worktree", "prune"));
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Git as it reads what is committed: without replaced objects, without grafts and without hooks. All three are settings of a clone,
 * which other clones do not have. A worktree would also leave out what is outside of a sparse checkout.
 */
const gitIn =
  (cwd: string): Git =>
  async (...args) => {
    const settings = [
      `core.hooksPath=${devNull}`,
      "core.sparseCheckout=false",
      "core.quotePath=false",
      "core.fsmonitor=false",
    ];
    const { stdout } = await promisify(execFile)("git", [...settings.flatMap((each) => ["-c", each]), ...args], {
      cwd,
      maxBuffer: 2 ** 28,
      env: { ...process.env, GIT_NO_REPLACE_OBJECTS: "1", GIT_GRAFT_FILE: devNull, LC_ALL: "C" },
    });
    return stdout;
  };

async function commitOf(git: Git, revision: string): Promise<string> {
  const name = /^[^~^@:]*/.exec(revision)?.[0] ?? "";
  const refs = (await git("for-each-ref", "--format=%(refname)")).split("\n");
  const meant = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
    .map((prefix) => `${prefix}${name}`)
    .filter((ref) => refs.includes(ref));
  const isDigest = /^[0-9a-f]{4,}$/i.test(name);
  if (meant.length > 1 || (meant.length === 1 && isDigest))
    throw new CommandError(
      `--against: ${JSON.stringify(revision)} can mean ${[...meant, ...(isDigest ? ["the commit of this digest"] : [])].join(" or ")}; write the full name`,
    );
  try {
    return (await git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`)).trim();
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new CommandError(
      `--against: git does not know the revision ${JSON.stringify(revision)} (a file is --against-file): ${reason}`,
    );
  }
}

/** A pipeline deploys all files. */
async function refuseSparse(git: Git): Promise<void> {
  const missing = (await git("ls-files", "-t", "-z"))
    .split("\0")
    .flatMap((line) => (line.startsWith("S ") ? [line.slice(2)] : []));
  if (missing.length > 0)
    throw new CommandError(
      `--against: the working tree is a sparse checkout without ${missing.slice(0, 3).join(", ")}; run \`git sparse-checkout disable\``,
    );
}
