import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { compile } from "@microservice-identities/test-support/compile";
import { projectFolder } from "@microservice-identities/test-support/processes";
import ts from "typescript";

jest.setTimeout(120_000);

const packages = path.join(projectFolder, "packages");
const names = readdirSync(packages);
const readme = (name: string) => readFileSync(path.join(packages, name, "README.md"), "utf8");

/** The examples, each as a file in the package's folder. */
const examples = new Map(
  names.flatMap((name) =>
    [...readme(name).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""], index) => [
      path.join(packages, name, `example${index}.ts`),
      code,
    ]),
  ),
);

it("each package's README has an example in TypeScript, and every example compiles", () => {
  expect([...new Set([...examples.keys()].map((file) => path.basename(path.dirname(file))))]).toEqual(names);
  const problems = compile(examples).map(({ file, message }) => `${path.relative(packages, file)}: ${message}`);
  expect(problems).toEqual([]);
});

it.each(names)("%s/README.md names only existing modules", (name) => {
  const manifest = JSON.parse(readFileSync(path.join(packages, name, "package.json"), "utf8"));
  const patterns: string[] = Object.keys(manifest.exports);
  const modules = [...readme(name).matchAll(/^\| `\.\/([\w*/]+)`/gm)].map(([, module = ""]) => module);
  const missing = modules.filter((module) => {
    const isExported = patterns.includes(`./${module}`) || patterns.includes("./*");
    const file = path.join(packages, name, module.replace(/\/?\*?$/, ""));
    return !isExported || !(ts.sys.fileExists(`${file}.ts`) || ts.sys.directoryExists(file));
  });
  expect(missing).toEqual([]);
});
