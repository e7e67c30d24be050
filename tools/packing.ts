import { copyFile, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import ts from "typescript";

/** The parts of a package.json that packing reads or writes. */
interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The package.json of the repository, while the one that is packed stands in its place. */
const keptManifest = "package.json.kept";

/**
 * Turns a package of `packages/` into what npm packs. In the repository its exports name TypeScript files, which run
 * without a build; a consumer's Node does not take those. So this compiles the package into `dist/` and replaces its package.json by one
 * that points there. A private package that it depends on is compiled into `dist/` as well, as no registry has it.
 *
 * @param folder the package's folder; `postpack` undoes everything
 * @throws Error that lists what TypeScript refuses
 */
export async function prepack(folder: string): Promise<void> {
  await postpack(folder);
  const siblings = await packagesIn(path.dirname(folder));
  const own = siblings.find((each) => each.folder === folder);
  if (!own) throw new Error(`${folder} has no package.json: run this in a folder of packages/`);
  const inlined = privateDependencies(own.manifest, siblings);
  compile(own, inlined);
  await copyFile(path.join(folder, "../../LICENSE"), path.join(folder, "dist/LICENSE"));
  await replace(path.join(folder, keptManifest), await readFile(path.join(folder, "package.json"), "utf8"));
  const packed = packedManifest(own, inlined);
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

async function packagesIn(parent: string): Promise<WorkspacePackage[]> {
  const folders = (await readdir(parent, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return Promise.all(
    folders.map(async ({ name }) => {
      const folder = path.join(parent, name);
      return { folder, manifest: JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) };
    }),
  );
}

/** The private packages among the dependencies, and among theirs. */
function privateDependencies({ dependencies = {} }: Manifest, siblings: readonly WorkspacePackage[]) {
  const found = siblings.filter(({ manifest }) => manifest.private && manifest.name in dependencies);
  return [
    ...new Set(found.flatMap((each): WorkspacePackage[] => [each, ...privateDependencies(each.manifest, siblings)])),
  ];
}

/** Each package's files go to `dist/{its folder's name}/`. */
function compile({ folder, manifest }: WorkspacePackage, inlined: readonly WorkspacePackage[]): void {
  const packages = path.dirname(folder);
  const outDir = path.join(folder, "dist");
  const { config } = ts.readConfigFile(path.join(packages, "../tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: false, declaration: true, types: ["node"], rootDir: packages, outDir },
    path.dirname(packages),
  );
  // TypeScript compiles no file that it only meets through node_modules, where npm links the private packages.
  const files = [folder, ...inlined.map((each) => each.folder)].flatMap((each) =>
    ts.sys.readDirectory(each, [".ts"], ["tests", "dist", "node_modules"]),
  );
  const program = ts.createProgram(files, options);
  const { diagnostics } = program.emit(undefined, (file, text) =>
    ts.sys.writeFile(file, asPublished(file, text, outDir, inlined), false),
  );
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0)
    throw new Error(
      `${manifest.name} cannot be packed:\n${ts.formatDiagnostics(problems, {
        getCurrentDirectory: () => folder,
        getCanonicalFileName: (name) => name,
        getNewLine: () => "\n",
      })}`,
    );
}

/** Imports of inlined packages become relative ones, and a command starts under Node instead of tsx. */
function asPublished(file: string, text: string, outDir: string, inlined: readonly WorkspacePackage[]): string {
  let published = text;
  // From the last to the first, as each replacement moves what follows it.
  for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles.reverse()) {
    const target = inlined.find(({ manifest }) => fileName.startsWith(`${manifest.name}/`));
    if (!target) continue;
    const inside = path.join(outDir, path.basename(target.folder), fileName.slice(target.manifest.name.length));
    const relative = path.relative(path.dirname(file), inside).replaceAll(path.sep, "/");
    const end = published.indexOf(fileName, pos) + fileName.length;
    published = published.slice(0, end - fileName.length) + relative + published.slice(end);
  }
  return published.replace(/^#!.*tsx$/m, "#!/usr/bin/env node");
}

function packedManifest({ folder, manifest }: WorkspacePackage, inlined: readonly WorkspacePackage[]): object {
  const { devDependencies: _, exports = {}, bin, dependencies, ...rest } = manifest;
  const compiled = (file: string, ending: string) =>
    `./dist/${path.basename(folder)}/${path.posix.normalize(file).replace(/\.ts$/, ending)}`;
  const needed = Object.entries(Object.assign({}, ...inlined.map((each) => each.manifest.dependencies), dependencies));
  const isInlined = (name: string) => inlined.some((each) => each.manifest.name === name);
  return {
    ...rest,
    exports: Object.fromEntries(
      Object.entries(exports).map(([name, file]) => [
        name,
        { types: compiled(file, ".d.ts"), default: compiled(file, ".js") },
      ]),
    ),
    ...(bin
      ? { bin: Object.fromEntries(Object.entries(bin).map(([name, file]) => [name, compiled(file, ".js")])) }
      : {}),
    files: ["dist"],
    dependencies: Object.fromEntries(needed.filter(([name]) => !isInlined(name)).sort()),
  };
}

/** At once: an interruption leaves the old file or the new one. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
