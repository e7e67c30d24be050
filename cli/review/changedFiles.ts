import { lstatSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ChangedFile, FileKind, Tooling } from "@microservice-identities/review/tooling/tooling";

/** Runs git in the project's folder, and returns what it prints. */
export type Git = (...args: string[]) => Promise<string>;

/**
 * The files that differ between a commit and the working tree, including new files that nobody has added yet.
 *
 * @param tree a folder with the files of the commit. They are read at once, because the folder is already removed when the review needs them
 */
export async function changedFiles(git: Git, projectFolder: string, commit: string, tree: string): Promise<Tooling> {
  const [changed, added, all] = await Promise.all([
    git("diff", "--raw", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "--relative", commit),
    git("ls-files", "-z", "--others", "--exclude-standard"),
    git("ls-files", "-z"),
  ]);
  const files = [
    ...rawChanges(changed),
    // Installed packages may be a link, which the pattern of a folder in .gitignore does not match.
    ...listed(added)
      .filter((file) => file !== "node_modules")
      .map((file): ChangedFile => ({ path: file, now: kindOnDisk(path.join(projectFolder, file)) })),
  ];
  const alike = new Map<string, string[]>();
  for (const file of new Set([...listed(all), ...files.map((each) => each.path)]))
    alike.set(folded(file), [...(alike.get(folded(file)) ?? []), file]);
  const withOthers = files.map((file) => {
    const others = alike.get(folded(file.path))?.filter((other) => other !== file.path) ?? [];
    return others.length > 0 ? { ...file, sameButCase: others } : file;
  });
  const earlier = new Map(files.map((file) => [file.path, file.before && textIn(tree, file.path)]));
  const tracked = new Set(listed(all));
  const now = (file: string) => textIn(projectFolder, file);
  // A tracked file that git does not list has not changed.
  const before = (file: string) => (earlier.has(file) ? earlier.get(file) : tracked.has(file) ? now(file) : undefined);
  return { files: withOthers, before, now };
}

/** `:100644 100644 1a2b3c4 0000000 M`, then the path. https://git-scm.com/docs/diff-format#_raw_output_format */
function rawChanges(output: string): ChangedFile[] {
  const fields = listed(output);
  return Array.from({ length: fields.length / 2 }, (_, index): ChangedFile => {
    const [before, now] = (fields[2 * index] as string).slice(1).split(" ").map(kindOf);
    return { path: fields[2 * index + 1] as string, ...(before ? { before } : {}), ...(now ? { now } : {}) };
  });
}

const listed = (output: string): string[] => output.split("\0").filter(Boolean);

const kinds: Readonly<Record<string, FileKind>> = { "100": "file", "120": "symbolic link", "160": "submodule" };
const kindOf = (mode: string): FileKind | undefined => kinds[mode.slice(0, 3)];

/** A repository within the project is listed as a folder: git would add it as a submodule. */
function kindOnDisk(file: string): FileKind {
  const found = lstatSync(file);
  return found.isSymbolicLink() ? "symbolic link" : found.isDirectory() ? "submodule" : "file";
}

const folded = (file: string): string => file.normalize("NFC").toLowerCase();

function textIn(folder: string, file: string): string | undefined {
  try {
    return readFileSync(path.join(folder, file), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    throw error;
  }
}
