import { mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";

const projectFolder = path.resolve(__dirname, "../..");

/** The project in a folder of its own, with other stacks: the settings of each by its name, without the project's prefix. */
export async function projectWith(stacks: Readonly<Record<string, object>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "project-"));
  for (const entry of await readdir(projectFolder))
    if (!/^(\.git|Pulumi\..+\.yaml)$/.test(entry))
      await symlink(path.join(projectFolder, entry), path.join(folder, entry));
  for (const [stack, settings] of Object.entries(stacks)) await writeSettings(folder, stack, settings);
  return folder;
}

export async function writeSettings(folder: string, stack: string, settings: object): Promise<void> {
  const config = Object.entries(settings).map(([key, value]) => [`microservice-identities:${key}`, value]);
  await writeFile(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config: Object.fromEntries(config) }));
}

/** Writes a landscape for `landscapeFile`. */
export const writeLandscape = (folder: string, name: string, definition: object): Promise<void> =>
  writeFile(path.join(folder, `${name}.yaml`), stringify(definition));
