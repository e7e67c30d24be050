import { copyFile, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { bundleCommand } from "./bundledCommand";
import { type Compiled, compile, type WorkspacePackage } from "./packedCode";

/** The folder that keeps the original files while their packed versions replace them. */
const replaced = ["package.json", "README.md"] as const;
/** npm packs every file whose name begins with README. */
const keptName = (file: string): string => (file === "README.md" ? "kept.README.md" : `${file}.kept`);

/**
 * Changes a package's files into those that npm packs. In the repository, its exports name TypeScript files, which run without a build.
 * A consumer's Node cannot load those. So this compiles the exported files into `dist/`, and replaces package.json by
 * one that names the compiled files. `postpack` undoes both.
 *
 * @param folder the package's folder: one in `packages/`, or the project's
 * @throws Error that lists the errors of TypeScript
 */
export async function prepack(project: string, folder: string): Promise<void> {
  await postpack(folder);
  const own = await packageIn(folder);
  const packages = await readdir(path.join(project, "packages"));
  const siblings = await Promise.all(packages.map((name) => packageIn(path.join(project, "packages", name))));
  const compiled = compile(project, own, siblings);
  for (const command of Object.values(compiled.bin ?? {})) await bundleCommand(path.join(folder, command));
  if (folder !== project) await copyFile(path.join(project, "LICENSE"), path.join(folder, "dist/LICENSE"));
  // The repository's own README is only for readers of the repository.
  else await stand(folder, "README.md", await readFile(path.join(project, "components/README.md"), "utf8"));
  await stand(folder, "package.json", `${JSON.stringify(packedManifest(own, compiled), undefined, 2)}\n`);
}

/** Replaces the content of a file, and keeps the original. */
async function stand(folder: string, file: string, text: string): Promise<void> {
  await replace(path.join(folder, keptName(file)), await readFile(path.join(folder, file), "utf8"));
  await replace(path.join(folder, file), text);
}

/** Restores the files that `prepack` changed, even if it was interrupted. Without an earlier `prepack`, it changes nothing. */
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

/** Only the fields that a consumer needs, and the scripts, so that packing can continue after an interruption. */
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

/** Replaces the file atomically: after an interruption, it is either the old one or the new one. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
