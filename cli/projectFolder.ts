import { readdir } from "node:fs/promises";
import path from "node:path";

/** The folder of the project that the commands work on: the one with `Pulumi.yaml`. */
export const projectFolder = path.dirname(__dirname);

/** The stacks for which a project has settings. */
export async function stacksIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return names.sort();
}
