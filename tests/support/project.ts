import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { projectFolder } from "./processes";

const template = path.join(__dirname, "shopProject");
/** The files in `stacks/` that a team does not edit. */
const program = ["contradictions.ts", "index.ts", "settings.ts", "settingsSchema.ts"];

/** Creates a project in a new folder, with the shop of `shopProject/` and its stacks `dev` and `prod`. */
export async function shopProject(): Promise<string> {
  const folder = await projectWith({});
  for (const stack of ["dev", "prod"])
    await cp(path.join(template, `Pulumi.${stack}.yaml`), path.join(folder, `Pulumi.${stack}.yaml`));
  return folder;
}

/**
 * The same with other stacks.
 *
 * What a team edits (`stacks/shop.ts`, `stacks/landscapes.ts`, `stacks/waivers.yaml`, `Pulumi.yaml` and `Pulumi.*.yaml`)
 * belongs to the tests; everything else is the product under test. Commands in the folder's `cli/` use this project.
 *
 * @param stacks the settings of each stack by its name
 */
export async function projectWith(stacks: Readonly<Record<string, object>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "project-"));
  for (const entry of await readdir(projectFolder))
    if (!/^(\..+|cli|stacks|Pulumi(\..+)?\.yaml)$/.test(entry))
      await symlink(path.join(projectFolder, entry), path.join(folder, entry));
  // Files are copied, not linked: a program's folder is that of the real file.
  await cp(path.join(projectFolder, "cli"), path.join(folder, "cli"), { recursive: true });
  await mkdir(path.join(folder, "stacks"));
  for (const file of program) await cp(path.join(projectFolder, "stacks", file), path.join(folder, "stacks", file));
  for (const file of await readdir(path.join(template, "stacks"))) {
    const text = await readFile(path.join(template, "stacks", file), "utf8");
    await writeFile(path.join(folder, "stacks", file), text.replaceAll("../../../../", "../"));
  }
  await cp(path.join(template, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
  for (const [stack, settings] of Object.entries(stacks)) await writeSettings(folder, stack, settings);
  return folder;
}

export const writeSettings = (folder: string, stack: string, settings: object): Promise<void> =>
  writeFile(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config: settings }));

/** Writes a landscape for `landscapeFile`. */
export const writeLandscape = (folder: string, name: string, definition: object): Promise<void> =>
  writeFile(path.join(folder, `${name}.yaml`), stringify(definition));
