import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { cyclesIn } from "./cycles";
import { rooms, roomsWithoutPackageNames } from "./importRules";
import { type Import, importsOf, packageName } from "./imports";

/** @returns the problems with the imports of a project. Each names the place, the problem and the remedy. */
export function importProblems(project: string): string[] {
  const files = ts.sys
    .readDirectory(project, [".ts", ".js"], ["**/node_modules", "**/dist", "**/tests"])
    .map((file) => path.relative(project, file).replaceAll(path.sep, "/"))
    // The remaining top-level files are settings of tools.
    .filter((file) => file.includes("/") && !file.startsWith("."));
  const imports = importsOf(project, files);
  return [
    ...strangeRooms(files),
    ...imports.flatMap((each) => problemOf(project, each)),
    ...unusedDependencies(project, imports),
    ...cyclesIn(imports).map(
      (cycle) =>
        `${[...cycle, cycle[0]].join(" → ")} is a cycle of imports: move what both sides need into a separate file`,
    ),
  ];
}

const strangeRooms = (files: readonly string[]): string[] =>
  [...new Set(files.filter((file) => !roomOf(file)).map((file) => file.slice(0, file.lastIndexOf("/"))))].map(
    (folder) => `${folder} belongs to no room: add it to tools/importRules.ts, with what it may import`,
  );

/** The innermost room that contains the file. */
const roomOf = (file: string): string | undefined =>
  [...Object.keys(rooms), "tests/support"]
    .filter((room) => file.startsWith(`${room}/`))
    .sort((one, other) => other.length - one.length)[0];

function problemOf(project: string, { from, line, specifier, target, isTypeOnly }: Import): string[] {
  const name = roomOf(from);
  const room = name === undefined ? undefined : rooms[name];
  if (name === undefined || !room) return [];
  const place = `${from}:${line}`;
  if (target.kind === "unknown") return [`${place} imports ${specifier}, which does not exist: correct the path`];
  if (target.kind === "package") {
    const { of, dev = false } = room.dependencies;
    return of
      .filter((folder) => !target.names.some((each) => declared(project, folder, dev).has(each)))
      .map(
        (folder) =>
          `${place} imports ${target.names[0]}: add it to the ${dev ? "devDependencies" : "dependencies"} of ` +
          `${path.posix.join(folder, "package.json")}: only its dependencies are installed where this file runs`,
      );
  }
  const other = roomOf(target.file);
  if (other === name) return [];
  if (other === undefined || !room.mayImport.includes(other))
    return [
      `${place} imports ${target.file}${isTypeOnly ? " (a type)" : ""}: ${name} may import ` +
        `${room.mayImport.join(", ") || "no other room"}, because ${room.because}. ` +
        "Pass the needed value as an argument, or move the code to a room that both may import.",
    ];
  const isByName = !specifier.startsWith(".");
  if (isByName && roomsWithoutPackageNames.includes(name))
    return [
      `${place} imports ${specifier}: write the relative path of ${target.file}, because ${name} also runs ` +
        "where the packages of this project are not installed",
    ];
  const isNested = name.startsWith(`${other}/`);
  if (!isByName && !isNested && other.startsWith("packages/") && !roomsWithoutPackageNames.includes(name))
    return [`${place} imports ${specifier}: write the package's name, as its package.json declares it`];
  if (isByName && name.startsWith("packages/") && !declared(project, name, false).has(packageOf(other)))
    return [`${place} imports ${specifier}: add ${packageOf(other)} to the dependencies of ${name}/package.json`];
  return [];
}

/** Peer dependencies may be unused here, for example the framework of a consumer. */
function unusedDependencies(project: string, imports: readonly Import[]): string[] {
  const folders = new Set(Object.values(rooms).flatMap(({ dependencies }) => dependencies.of));
  return [...folders].flatMap((folder) => {
    const used = new Set(
      imports
        .filter(({ from }) => rooms[roomOf(from) ?? ""]?.dependencies.of.includes(folder))
        .flatMap(({ specifier, target }) => (target.kind === "package" ? target.names : [packageName(specifier)])),
    );
    const { dependencies = {} } = manifestIn(project, folder);
    return Object.keys(dependencies)
      .filter((name) => !used.has(name))
      .map(
        (name) =>
          `${path.posix.join(folder, "package.json")}: no code imports ${name}: remove it from the dependencies`,
      );
  });
}

const packageOf = (room: string): string => `@microservice-identities/${path.basename(room)}`;

function declared(project: string, folder: string, dev: boolean): ReadonlySet<string> {
  const { dependencies, peerDependencies, devDependencies } = manifestIn(project, folder);
  return new Set(Object.keys({ ...dependencies, ...peerDependencies, ...(dev ? devDependencies : {}) }));
}

type Dependencies = Readonly<Record<string, string>>;

const manifestIn = (
  project: string,
  folder: string,
): { dependencies?: Dependencies; peerDependencies?: Dependencies; devDependencies?: Dependencies } =>
  JSON.parse(readFileSync(path.join(project, folder, "package.json"), "utf8"));
