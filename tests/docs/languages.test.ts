import { readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";

const textOf = (file: string) => readFileSync(path.join(projectFolder, file), "utf8");

it.each([
  ["python", "tests/clients/python/service.py"],
  ["go", "tests/clients/go/service/main.go"],
  ["java", "tests/clients/java/Service.java"],
])("the page about %s shows the program that the tests run", (page, file) => {
  const [, code] = /^```\w+\n(.*?)^```$/ms.exec(textOf(`docs/languages/${page}.md`)) ?? [];
  expect(code).toBe(textOf(file));
});

/** The first fenced block in this language. */
const blockOf = (page: string, language: string) =>
  new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(textOf(page))?.[1];

it.each([
  ["python", "python", "tests/clients/python/read_secret.py"],
  ["go", "go", "tests/clients/go/readsecret/main.go"],
  ["java", "java", "tests/clients/java/ReadSecret.java"],
  ["node", "js", "tests/clients/node/readSecret.mjs"],
])("the local Azure's page about %s shows the program that the tests run", (page, language, file) => {
  expect(blockOf(`packages/local-azure/docs/${page}.md`, language)).toBe(textOf(file));
});

it.each(["docs/languages/java.md", "packages/local-azure/docs/java.md"])(
  "%s shows the dependencies with which the tests run its program",
  (page) => {
    const ours = textOf("tests/clients/java/pom.xml").replaceAll(/(<(?:groupId|artifactId)>)clients</g, "$1example<");
    expect(blockOf(page, "xml")).toBe(`<!-- pom.xml -->\n${ours}`);
  },
);

it("the program of every language reads only the variables of a service and the address of its API", () => {
  const [table = ""] = /^\| variable [\s\S]*?\n\n/m.exec(textOf("docs/workloads.md")) ?? [];
  const listed = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  for (const page of ["python", "go", "java", "dotnet"]) {
    const [, code = ""] = /^```\w+\n(.*?)^```$/ms.exec(textOf(`docs/languages/${page}.md`)) ?? [];
    const read = new Set([...code.matchAll(/"((?:AZURE|SERVICE|INVENTORY)_[A-Z_]+)"/g)].map(([, name]) => name));
    expect([page, [...read].filter((name) => !listed.includes(name))]).toEqual([page, ["INVENTORY_URL"]]);
  }
});
