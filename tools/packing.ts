import { copyFile, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { bundleCommand } from "./bundledCommand";
import { type Compiled, compile, type WorkspacePackage } from "./packedCode";

/** The files of the repository, while those that are packed stand in their places. */
const replaced = ["package.json", "README.md"] as const;
/** npm packs whatever begins with README. */
const keptName = (file: string): string => (file === "README.md" ? "kept.README.md" : `${file}.kept`);

/**
 * Turns a package into what npm packs. In the repository its exports name TypeScript files, which run without a build;
 * a consumer's Node does not load those. So this compiles what the exports reach into `dist/`, and replaces package.json by
 * one that points there. `postpack` undoes both.
 *
 * @param folder the package's folder: one in `packages/`, or the project's
 * @throws Error that lists what TypeScript refuses
 */
export async function prepack(project: string, folder: string): Promise<void> {
  await postpack(folder);
  const own = await packageIn(folder);
  const packages = await readdir(path.join(project, "packages"));
  const siblings = await Promise.all(packages.map((name) => packageIn(path.join(project, "packages", name))));
  const compiled = compile(project, own, siblings);
  for (const command of Object.values(compiled.bin ?? {})) await bundleCommand(path.join(folder, command));
  if (folder !== project) await copyFile(path.join(project, "LICENSE"), path.join(folder, "dist/LICENSE"));
  // The repository's page is for people who have the repository.
  else await stand(folder, "README.md", await readFile(path.join(project, "components/README.md"), "utf8"));
  await stand(folder, "package.json", `${JSON.stringify(packedManifest(own, compiled), undefined, 2)}\n`);
}

/** Puts a text in the place of a file, and keeps the file. */
async function stand(folder: string, file: string, text: string): Promise<void> {
  await replace(path.join(folder, keptName(file)), await readFile(path.join(folder, file), "utf8"));
  await replace(path.join(folder, file), text);
}

/** Restores what `prepack` changed, also after one that was interrupted. Without one before, it changes nothing. */
export async function postpack(folder: string): Promise<void> {
  await rm(path.join(folder, "dist"), { recursive: true, force: true });
  for (const file of replaced)
    await rename(path.join(folder, keptName(file)), path.join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
}

const packageIn = async (folder: string): Promise<WorkspacePackage> => ({
  folder,
  manifest: JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")),
});

/** Only what a consumer needs; the scripts stay, so that packing goes on after an interruption. */
function packedManifest(
  { manifest }: WorkspacePackage,
  { exports, typesVersions, bin, imported, declared }: Compiled,
): object {
  const { name, version, description, keywords, license, engines, peerDependencies, peerDependenciesMeta, scripts } =
    manifest;
  const needed = [...imported].filter((each) => !(each in (peerDependencies ?? {}))).sort();
  const missing = needed.filter((each) => !(each in declared));
  if (missing.length > 0) throw new Error(`${name} imports ${missing.join(", ")}: add it to its dependencies`);
  return {
    name,
    version,
    description,
    keywords,
    license,
    exports,
    typesVersions,
    bin,
    files: ["dist"],
    engines,
    scripts: { prepack: scripts?.prepack, postpack: scripts?.postpack },
    dependencies: Object.fromEntries(needed.map((each) => [each, declared[each]])),
    peerDependencies,
    peerDependenciesMeta,
  };
}

/** At once: an interruption leaves the old file or the new one. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
