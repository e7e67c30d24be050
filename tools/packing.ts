import { copyFile, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { bundleCommand } from "./bundledCommand";
import { type Compiled, compile, type WorkspacePackage } from "./packedCode";

/** The package.json of the repository, while the one that is packed stands in its place. */
const keptManifest = "package.json.kept";

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
  await replace(path.join(folder, keptManifest), await readFile(path.join(folder, "package.json"), "utf8"));
  const packed = packedManifest(own, compiled);
  await replace(path.join(folder, "package.json"), `${JSON.stringify(packed, undefined, 2)}\n`);
}

/** Restores what `prepack` changed, also after one that was interrupted. Without one before, it changes nothing. */
export async function postpack(folder: string): Promise<void> {
  await rm(path.join(folder, "dist"), { recursive: true, force: true });
  await rename(path.join(folder, keptManifest), path.join(folder, "package.json")).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    },
  );
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
  const { name, version, description, license, engines, peerDependencies, peerDependenciesMeta, scripts } = manifest;
  const needed = [...imported].filter((each) => !(each in (peerDependencies ?? {}))).sort();
  const missing = needed.filter((each) => !(each in declared));
  if (missing.length > 0) throw new Error(`${name} imports ${missing.join(", ")}: add it to its dependencies`);
  return {
    name,
    version,
    description,
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
