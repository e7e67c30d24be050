import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { CommandError } from "../command";

/**
 * Checks out another revision next to the project, with the packages that are installed here.
 *
 * @param revision anything that git accepts as a commit; never a file
 * @param use receives the folder, which is removed afterwards
 * @throws CommandError if git does not know the revision
 */
export async function inRevision<T>(
  projectFolder: string,
  revision: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: projectFolder });
  const folder = await mkdtemp(path.join(tmpdir(), "review-"));
  const tree = path.join(folder, "tree");
  try {
    const { stdout } = await git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
    await git("worktree", "add", "--detach", tree, stdout.trim());
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new CommandError(
      `--against: git does not know the revision ${JSON.stringify(revision)} (a file is --against-file): ${reason}`,
    );
  }
  try {
    await symlink(path.join(projectFolder, "node_modules"), path.join(tree, "node_modules"));
    return await use(tree);
  } finally {
    await git("worktree", "remove", "--force", tree);
    await rm(folder, { recursive: true, force: true });
  }
}
