import { cp, mkdir, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";
import { projectFolder, run } from "./processes";

/**
 * A copy of the files that packing needs: packing changes package.json for a moment, and other tests
 * read it.
 */
export async function packableProject(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "packable-"));
  const isSource = (file: string) => !/\/(node_modules|dist|tests)(\/|$)/.test(file.slice(projectFolder.length));
  for (const name of ["components", "packages", "tools", "package.json", "tsconfig.json", "LICENSE", "README.md"])
    await cp(path.join(projectFolder, name), path.join(folder, name), { recursive: true, filter: isSource });
  const scope = "@microservice-identities";
  await mkdir(path.join(folder, "node_modules", scope), { recursive: true });
  for (const name of await readdir(path.join(projectFolder, "node_modules")))
    if (name !== scope)
      await symlink(path.join(projectFolder, "node_modules", name), path.join(folder, "node_modules", name));
  for (const name of await readdir(path.join(folder, "packages")))
    await symlink(path.join(folder, "packages", name), path.join(folder, "node_modules", scope, name));
  return folder;
}

/** @returns the tarball that `npm pack` creates for a package */
export async function pack(packageFolder: string, destination: string): Promise<string> {
  const { code, stdout, stderr } = await run("npm", ["pack", "--json", "--pack-destination", destination], {
    cwd: packageFolder,
  });
  const file = /"filename": "(.+)"/.exec(stdout)?.[1];
  if (code !== 0 || file === undefined) throw new Error(`npm pack failed: ${stdout}${stderr}`);
  return path.join(destination, file);
}

/** @returns the folder of a new project with only these packages: tarballs, or names with versions */
export async function consumerOf(...packages: string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "consumer-"));
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "consumer", version: "1.0.0" }));
  await install(folder, ...packages);
  return folder;
}

export async function install(folder: string, ...packages: string[]): Promise<void> {
  const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { code, stderr } = await run("npm", ["install", ...options, ...packages], { cwd: folder });
  if (code !== 0) throw new Error(`npm install failed: ${stderr}`);
}

/** The files of an installed package, without those of its own dependencies. */
export async function filesOf(consumer: string, name: string): Promise<string[]> {
  const folder = path.join(consumer, "node_modules", name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("node_modules/"))
    .sort();
}

/** The names of all packages that are installed. */
export async function installedIn(consumer: string): Promise<string[]> {
  const { stdout } = await run("npm", ["query", "*", "--json"], { cwd: consumer });
  const found = JSON.parse(stdout) as { name: string; location: string }[];
  return found
    .filter(({ location }) => location !== "")
    .map(({ name }) => name)
    .sort();
}

/** The strictest options of TypeScript. */
const strictly = { strict: true, skipLibCheck: true, module: "nodenext", target: "es2022" };

/**
 * Compiles the files of a consumer, and writes the JavaScript beside them.
 *
 * @param settings the `compilerOptions` of the consumer's tsconfig.json
 * @returns the errors, each with its file
 */
export function compileIn(consumer: string, files: readonly string[], settings: object = strictly): string[] {
  const types = { types: ["node"], typeRoots: [path.join(projectFolder, "node_modules/@types")] };
  const { options, errors } = ts.convertCompilerOptionsFromJson({ ...settings, ...types }, consumer);
  const program = ts.createProgram(
    files.map((file) => path.join(consumer, file)),
    options,
  );
  program.emit();
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(({ file, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    return file ? `${path.relative(consumer, file.fileName)}: ${message}` : message;
  });
}
