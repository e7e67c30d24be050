import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseYamlFile } from "@microservice-identities/validation/files";
import { z } from "zod";
import type { LandscapeFile } from "./landscapeEdit";

const settings = z.object({ config: z.record(z.string(), z.unknown()).default({}) });

/** The files of a project that can declare the landscape of a stack: `stacks/*.ts`, and the YAML file that its settings name. */
export function landscapeFiles(projectFolder: string, stacks: readonly string[]): LandscapeFile[] {
  const inTypeScript = readdirSync(path.join(projectFolder, "stacks"))
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => `stacks/${file}`);
  const inYaml = stacks.flatMap((stack) => {
    const file = path.join(projectFolder, `Pulumi.${stack}.yaml`);
    if (!existsSync(file)) return [];
    const read = settings.safeParse(parseYamlFile(file, path.basename(file)).data);
    const entries = Object.entries(read.data?.config ?? {});
    return entries.flatMap(([key, value]) => (/(^|:)landscapeFile$/.test(key) ? [`${value}`] : []));
  });
  return [...new Set([...inYaml, ...inTypeScript])].flatMap((name) => {
    const file = path.resolve(projectFolder, name);
    return existsSync(file) ? [{ name: name.replaceAll("\\", "/"), text: readFileSync(file, "utf8") }] : [];
  });
}
