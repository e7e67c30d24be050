import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";

// What this test cannot prove: that the names are still unpublished.

const files = execFileSync("git", ["ls-files", "*.md", "*.yml", "*.yaml", "package.json", "*/package.json"], {
  cwd: projectFolder,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  // A team may have deleted the settings of a stack, and not committed this yet.
  .filter((file) => existsSync(path.join(projectFolder, file)));

/** The names and commands of this project's packages. Anybody could publish a package under these names. */
const unpublished =
  /(?<![\w./-])(@microservice-identities\/[\w-]+|pulumi-microservice-identities|local-azure)(?=[\s@"'`]|$)/;
const installing =
  /\b(?:npm (?:i|install|add|exec)|npx|pnpm (?:add|dlx|exec)|yarn (?:add|dlx)|bunx|bun add)\s(?<args>.*)/;

const problemsIn = (file: string, text: string): string[] =>
  text.split("\n").flatMap((line, index) => {
    const [, name] = unpublished.exec(installing.exec(line)?.groups?.args ?? "") ?? [];
    return name === undefined ? [] : [`${file}:${index + 1} installs ${name} by its name: install a packed file`];
  });

it("no page, workflow or script installs a package of this project from npm, where anybody could publish its name", () => {
  expect(files.flatMap((file) => problemsIn(file, readFileSync(path.join(projectFolder, file), "utf8")))).toEqual([]);
});

it.each([
  ["npx local-azure --port 8443", "local-azure"],
  ["npm install @microservice-identities/runtime fastify", "@microservice-identities/runtime"],
  ["Run `npm i fastify @microservice-identities/runtime@0.1.0`.", "@microservice-identities/runtime"],
  ["pnpm add pulumi-microservice-identities", "pulumi-microservice-identities"],
])("would report %s", (line, name) => {
  expect(problemsIn("page.md", line)).toEqual([`page.md:1 installs ${name} by its name: install a packed file`]);
});

it.each([
  "npm install ./microservice-identities-runtime-0.1.0.tgz fastify",
  "npm pack --workspace packages/local-azure",
  "npm install ../pulumi-microservice-identities-0.1.0.tgz",
])("accepts %s", (line) => {
  expect(problemsIn("page.md", line)).toEqual([]);
});
