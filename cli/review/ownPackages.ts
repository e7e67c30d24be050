import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

const manifest = z.object({ workspaces: z.array(z.string()).default([]) });
const workspace = z.object({ name: z.string().regex(/^(@[\w-][\w.-]*\/)?[\w-][\w.-]*$/) });

/**
 * Links the project's own packages in a folder as `npm install` does, so that its code loads them and not those of another folder.
 *
 * @param folder a copy of the project without `node_modules`
 */
export async function linkOwnPackages(folder: string): Promise<void> {
  const { workspaces } = manifest.parse((await jsonIn(path.join(folder, "package.json"))) ?? {});
  for (const own of (await Promise.all(workspaces.map((pattern) => foldersOf(folder, pattern)))).flat()) {
    const named = workspace.safeParse(await jsonIn(path.join(own, "package.json")));
    if (!named.success) continue;
    const link = path.join(folder, "node_modules", named.data.name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(own, link);
  }
}

/** npm allows more patterns; this project uses folders, and all folders in a folder. */
async function foldersOf(folder: string, pattern: string): Promise<string[]> {
  if (!pattern.endsWith("/*")) return [path.join(folder, pattern)];
  const parent = path.join(folder, pattern.slice(0, -2));
  if (!existsSync(parent)) return [];
  const entries = await readdir(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(parent, name));
}

async function jsonIn(file: string): Promise<unknown> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile ? JSON.parse(await readFile(file, "utf8")) : undefined;
}
