import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { importProblems } from "../../tools/importProblems";

jest.setTimeout(60_000);

/** The allowed imports of each room. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  stacks: ["components", "packages/validation", "packages/well-known"],
  components: ["packages/validation", "packages/well-known"],
  bootstrap: ["components", "packages/validation", "packages/well-known"],
  plugin: ["components", "packages/validation", "packages/well-known"],
  "packages/well-known": [],
  "packages/validation": [],
  "packages/runtime": [],
  "packages/local-azure": ["packages/well-known"],
  "packages/engine": ["packages/validation", "packages/well-known"],
  "packages/proof": ["packages/engine", "packages/local-azure", "packages/validation", "packages/well-known"],
  "packages/review": ["packages/engine", "packages/validation", "packages/well-known"],
};
const everyRoom = [...Object.keys(arrows), "cli", "bench", "tools"];

const nameOf = (room: string): string => `@microservice-identities/${path.basename(room)}`;
const isPackage = (room: string): boolean => room.startsWith("packages/");
/** The module specifier with which a file of one room imports the file `thing` of another. */
const specifierOf = (from: string, to: string): string =>
  isPackage(to) && (isPackage(from) || ["cli", "bench", "tools"].includes(from))
    ? `${nameOf(to)}/thing`
    : path.posix.join(path.posix.relative(`/${from}`, `/${to}`), "thing");

let project: string;
const write = async (file: string, text: string): Promise<void> => {
  await mkdir(path.join(project, path.dirname(file)), { recursive: true });
  await writeFile(path.join(project, file), text);
};
const declare = (folder: string, dependencies: readonly string[], dev: readonly string[] = []) =>
  write(
    path.join(folder, "package.json"),
    JSON.stringify({
      name: isPackage(folder) ? nameOf(folder) : "project",
      exports: { "./*": "./*.ts" },
      dependencies: Object.fromEntries(dependencies.map((name) => [name, "1.0.0"])),
      devDependencies: Object.fromEntries(dev.map((name) => [name, "1.0.0"])),
    }),
  );

/** Creates a correct project that has one file in each room. */
beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), "rooms-"));
  await write("tsconfig.json", JSON.stringify({ compilerOptions: { module: "nodenext" } }));
  await declare(".", []);
  await mkdir(path.join(project, "node_modules/@microservice-identities"), { recursive: true });
  for (const room of everyRoom) {
    await write(`${room}/thing.ts`, "export const thing = 1;\n");
    if (!isPackage(room)) continue;
    await declare(room, []);
    await symlink(path.join(project, room), path.join(project, "node_modules", nameOf(room)));
  }
});
afterEach(() => rm(project, { recursive: true }));

it("lets each room import what the design allows, and refuses every other room", async () => {
  for (const [from, allowed] of Object.entries(arrows)) {
    if (isPackage(from)) await declare(from, allowed.map(nameOf));
    for (const to of everyRoom)
      if (to !== from) await write(`${from}/${to.replace("/", "-")}.ts`, `import "${specifierOf(from, to)}";\n`);
  }
  const refused = importProblems(project).map((problem) => problem.replace(/(?<=\.ts): .*/, ""));
  const forbidden = Object.entries(arrows).flatMap(([from, allowed]) =>
    everyRoom
      .filter((to) => to !== from && !allowed.includes(to))
      .map((to) => `${from}/${to.replace("/", "-")}.ts:1 imports ${to}/thing.ts`),
  );
  expect(refused.sort()).toEqual(forbidden.sort());
});

it.each([
  ["import type { Thing } from '../stacks/thing';", " (a type)"],
  ["export { thing } from '../stacks/thing';", ""],
  ["const load = () => import('../stacks/thing');", ""],
  ["const thing = require('../stacks/thing');", ""],
  ["let thing: import('../stacks/thing').Thing;", " (a type)"],
])("refuses %s with the place, the reason and what to do", async (text, note) => {
  await write("components/planted.ts", `\n${text}\n`);
  expect(importProblems(project)).toEqual([
    `components/planted.ts:2 imports stacks/thing.ts${note}: components may import packages/validation, packages/well-known, ` +
      "because any stack can use the components, and they are packed as a library. " +
      "Pass the needed value as an argument, or move the code to a room that both may import.",
  ]);
});

it("allows every import in tests", async () => {
  await write("packages/runtime/tests/thing.test.ts", `import "@microservice-identities/proof/thing";\n`);
  await write("tests/thing.test.ts", `import "../stacks/thing";\n`);
  expect(importProblems(project)).toEqual([]);
});

it("refuses code in a folder without a rule", async () => {
  await write("packages/gadgets/thing.ts", "");
  expect(importProblems(project)).toEqual([
    "packages/gadgets belongs to no room: add it to tools/importRules.ts, with what it may import",
  ]);
});

it("requires the name of a package in imports, but its path in code that runs where the package is not installed", async () => {
  await declare("packages/local-azure", [nameOf("packages/well-known")]);
  await write("packages/local-azure/a.ts", `import "@microservice-identities/well-known/thing";\n`);
  await write("packages/local-azure/b.ts", `import "../well-known/thing";\n`);
  await write("components/c.ts", `import "@microservice-identities/well-known/thing";\n`);
  expect(importProblems(project)).toEqual([
    "components/c.ts:1 imports @microservice-identities/well-known/thing: write the relative path of packages/well-known/thing.ts, " +
      "because components also runs where the packages of this project are not installed",
    "packages/local-azure/b.ts:1 imports ../well-known/thing: write the package's name, as its package.json declares it",
  ]);
});

it("refuses imports of undeclared packages, and declared packages that no code imports", async () => {
  await declare(".", ["yaml", "zod"], ["jest"]);
  await declare("packages/validation", ["yaml"]);
  await declare("packages/review", []);
  await write("cli/a.ts", `import "jest";\nimport "node:fs";\n`);
  await write("stacks/b.ts", `import "jest";\n`);
  await write("packages/validation/c.ts", `import "yaml/x";\nimport "@scope/x/y";\n`);
  await write("packages/review/d.ts", `import "@microservice-identities/engine/thing";\nimport "./missing";\n`);
  expect(importProblems(project)).toEqual([
    "packages/review/d.ts:1 imports @microservice-identities/engine/thing: add @microservice-identities/engine to the dependencies of packages/review/package.json",
    "packages/review/d.ts:2 imports ./missing, which does not exist: correct the path",
    "packages/validation/c.ts:2 imports @scope/x: add it to the dependencies of packages/validation/package.json: only its dependencies are installed where this file runs",
    "packages/validation/c.ts:2 imports @scope/x: add it to the dependencies of package.json: only its dependencies are installed where this file runs",
    "stacks/b.ts:1 imports jest: add it to the dependencies of package.json: only its dependencies are installed where this file runs",
    "package.json: no code imports zod: remove it from the dependencies",
  ]);
});

it("reports circular imports, unless the files import only types from each other", async () => {
  await write("cli/a.ts", `import "./b";\n`);
  await write("cli/b.ts", `import "./c";\n`);
  await write("cli/c.ts", `import "./a";\nimport "./d";\n`);
  await write("cli/d.ts", `import type { E } from "./e";\n`);
  await write("cli/e.ts", `import { type D } from "./d";\n`);
  expect(importProblems(project)).toEqual([
    "cli/a.ts → cli/b.ts → cli/c.ts → cli/a.ts is a cycle of imports: move what both sides need into a separate file",
  ]);
});
