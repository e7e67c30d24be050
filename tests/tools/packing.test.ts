import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { packableProject } from "@microservice-identities/test-support/npm";
import { run } from "@microservice-identities/test-support/processes";

jest.setTimeout(120_000);

/** A package of one file, because compiling a real one takes seconds. Its scripts are those of the real ones. */
const small = { name: "@microservice-identities/small", version: "1.0.0", exports: { ".": "./sum.ts" } };

let project: string;
let folder: string;
beforeEach(async () => {
  project = await packableProject();
  folder = path.join(project, "packages/small");
  const { scripts } = JSON.parse(await readFile(path.join(project, "packages/runtime/package.json"), "utf8"));
  await mkdir(folder);
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ ...small, scripts }));
  await writeFile(path.join(folder, "README.md"), "# Small\n");
  await writeFile(path.join(folder, "sum.ts"), "export const sum = (a: number, b: number): number => a + b;\n");
});
afterEach(() => rm(project, { recursive: true }));

const npm = (...args: string[]) => run("npm", args, { cwd: folder });
const state = async () => [(await readdir(folder)).sort(), await readFile(path.join(folder, "package.json"), "utf8")];

it("leaves the package unchanged, even after an interrupted pack and a failed one", async () => {
  const before = await state();
  // A pack that was interrupted before postpack.
  expect((await npm("run", "prepack")).code).toBe(0);
  expect(await state()).not.toEqual(before);
  expect((await npm("pack", "--pack-destination", project)).code).toBe(0);
  expect(await state()).toEqual(before);

  const source = path.join(folder, "sum.ts");
  const text = await readFile(source, "utf8");
  await writeFile(source, `${text}export const wrong: number = "text";\n`);
  const failed = await npm("run", "prepack");
  await writeFile(source, text);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(
    `@microservice-identities/small cannot be packed:\nsum.ts(${text.split("\n").length},14): error TS2322: Type 'string' is not assignable to type 'number'.\n`,
  );
  expect((await npm("run", "postpack")).code).toBe(0);
  expect(await state()).toEqual(before);
});

it("refuses to pack code that imports a package that package.json does not declare", async () => {
  const source = path.join(folder, "sum.ts");
  await writeFile(source, `${await readFile(source, "utf8")}export { parse } from "yaml";\n`);
  const { code, stderr } = await npm("run", "prepack");
  expect([code, stderr.split("\n")[0]]).toEqual([
    1,
    "@microservice-identities/small imports yaml: add it to its dependencies",
  ]);
});
