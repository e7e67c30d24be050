import { isBuiltin } from "node:module";
import path from "node:path";
import ts from "typescript";
import { packageName } from "./imports";

type Dependencies = Readonly<Record<string, string>>;

/** The parts of a package.json that packing reads. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly private?: boolean;
  /** TypeScript files; `*` stands for every file. */
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly engines?: Dependencies;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly peerDependenciesMeta?: object;
}

export interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface Compiled {
  readonly exports: object;
  /** The same for TypeScript with `moduleResolution: node`, which does not read `exports`. */
  readonly typesVersions: object;
  readonly bin: Readonly<Record<string, string>> | undefined;
  /** The npm packages that the code or its types import. */
  readonly imported: ReadonlySet<string>;
  /** The dependencies of the package and of the private packages that are compiled with it. */
  readonly declared: Dependencies;
}

/**
 * Compiles a package's exports and commands, and everything they import, to its `dist/`, and keeps the folder structure. Private
 * packages of the project that it imports are compiled with it, because no registry has them.
 *
 * @throws Error that lists the errors of TypeScript
 */
export function compile(
  project: string,
  { folder, manifest }: WorkspacePackage,
  siblings: readonly WorkspacePackage[],
): Compiled {
  const { exports = {}, bin } = manifest;
  const inlined = privateDependencies(manifest, siblings);
  const rootDir = folder === project ? project : path.dirname(folder);
  const outDir = path.join(folder, "dist");
  const { config } = ts.readConfigFile(path.join(project, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: false, declaration: true, types: ["node"], rootDir, outDir },
    project,
  );
  const sources = Object.values({ ...exports, ...bin }).flatMap((file) => filesOf(folder, file));
  const program = ts.createProgram(sources, options, hostFor(options, inlined));
  const imported = new Set<string>();
  const { diagnostics } = program.emit(undefined, (file, text) => {
    const inside = (specifier: string) => inlinedFile(specifier, outDir, inlined);
    ts.sys.writeFile(
      file,
      withRelativeImports(file, text, inside, imported).replace(/^#!.*tsx$/m, "#!/usr/bin/env node"),
    );
  });
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0) throw new Error(`${manifest.name} cannot be packed:\n${textOf(problems, folder)}`);
  const packed = (file: string, ending: string) =>
    `./dist/${path.relative(rootDir, path.join(folder, file)).replaceAll(path.sep, "/").replace(/\.ts$/, ending)}`;
  const subpaths = Object.entries(exports).map(
    ([name, file]) => [name.replace(/^\.\/?/, "") || "index", file] as const,
  );
  return {
    exports: mapped(exports, (file) => ({ types: packed(file, ".d.ts"), default: packed(file, ".js") })),
    typesVersions: { "*": Object.fromEntries(subpaths.map(([name, file]) => [name, [packed(file, ".d.ts")]])) },
    bin: bin && mapped(bin, (file) => packed(file, ".js")),
    imported,
    declared: Object.assign({}, ...inlined.map((each) => each.manifest.dependencies), manifest.dependencies),
  };
}

/** The private packages among the dependencies, and among the dependencies of those. */
function privateDependencies({ dependencies = {} }: Manifest, siblings: readonly WorkspacePackage[]) {
  const found = siblings.filter(({ manifest }) => manifest.private && manifest.name in dependencies);
  const theirs = found.flatMap((each): WorkspacePackage[] => privateDependencies(each.manifest, siblings));
  return [...new Set([...found, ...theirs])];
}

/** TypeScript does not compile files that it finds in node_modules, where npm links the private packages. This host lets it compile them. */
function hostFor(options: ts.CompilerOptions, inlined: readonly WorkspacePackage[]): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const isInlined = (file: string) => inlined.some(({ folder }) => file.startsWith(`${folder}/`));
  host.resolveModuleNameLiterals = (literals, from, redirected, own, source) =>
    literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(source, literal, own);
      const { resolvedModule } = ts.resolveModuleName(literal.text, from, own, host, undefined, redirected, mode);
      return resolvedModule && isInlined(resolvedModule.resolvedFileName)
        ? { resolvedModule: { ...resolvedModule, isExternalLibraryImport: false } }
        : { resolvedModule };
    });
  return host;
}

/** The file that an export names. For a pattern like `./samples/*.ts`, every file of that folder except tests. */
const filesOf = (folder: string, exported: string): string[] =>
  exported.includes("*")
    ? ts.sys.readDirectory(path.join(folder, path.dirname(exported)), [".ts"], ["tests", "dist", "node_modules"])
    : [path.join(folder, exported)];

function inlinedFile(specifier: string, outDir: string, inlined: readonly WorkspacePackage[]): string | undefined {
  const target = inlined.find(({ manifest }) => specifier.startsWith(`${manifest.name}/`));
  return target && path.join(outDir, path.basename(target.folder), specifier.slice(target.manifest.name.length));
}

/** Makes imports of inlined packages relative, and adds the names of all other packages to `imported`. */
function withRelativeImports(
  file: string,
  text: string,
  inlinedAs: (specifier: string) => string | undefined,
  imported: Set<string>,
): string {
  let result = text;
  // From the last to the first, because a replacement moves the text after it.
  for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles.reverse()) {
    const target = inlinedAs(fileName);
    if (target !== undefined) {
      const start = result.indexOf(fileName, pos);
      const relative = path.relative(path.dirname(file), target).replaceAll(path.sep, "/");
      result = result.slice(0, start) + relative + result.slice(start + fileName.length);
    } else if (!fileName.startsWith(".") && !isBuiltin(fileName)) imported.add(packageName(fileName));
  }
  return result;
}

const mapped = <T>(record: Readonly<Record<string, string>>, change: (value: string) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

const textOf = (problems: readonly ts.Diagnostic[], folder: string): string =>
  ts.formatDiagnostics(problems, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => "\n",
  });
