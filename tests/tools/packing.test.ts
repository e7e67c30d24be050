import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { packableProject } from "@microservice-identities/test-support/npm";
import { run } from "@microservice-identities/test-support/processes";

jest.setTimeout(120_000);

let project: string;
let folder: string;
beforeEach(async () => {
  project = await packableProject();
  folder = path.join(project, "packages/runtime");
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

  const source = path.join(folder, "guard.ts");
  const text = await readFile(source, "utf8");
  await writeFile(source, `${text}export const wrong: number = "text";\n`);
  const failed = await npm("run", "prepack");
  await writeFile(source, text);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(
    `@microservice-identities/runtime cannot be packed:\nguard.ts(${text.split("\n").length},14): error TS2322: Type 'string' is not assignable to type 'number'.\n`,
  );
  expect((await npm("run", "postpack")).code).toBe(0);
  expect(await state()).toEqual(before);
});

it("refuses to pack code that imports a package that package.json does not declare", async () => {
  const source = path.join(folder, "guard.ts");
  await writeFile(source, `${await readFile(source, "utf8")}export { parse } from "yaml";\n`);
  const { code, stderr } = await npm("run", "prepack");
  expect([code, stderr.split("\n")[0]]).toEqual([
    1,
    "@microservice-identities/runtime imports yaml: add it to its dependencies",
  ]);
});
