import { readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "@microservice-identities/test-support/processes";

const textOf = (file: string) => readFileSync(path.join(projectFolder, file), "utf8");

it.each([
  ["python", "tests/clients/python/service.py"],
  ["go", "tests/clients/go/service/main.go"],
  ["java", "tests/clients/java/Service.java"],
])("the page of %s shows the program that is run", (page, file) => {
  const [, code] = /^```\w+\n(.*?)^```$/ms.exec(textOf(`docs/languages/${page}.md`)) ?? [];
  expect(code).toBe(textOf(file));
});

it("the program of every language reads only variables that a service gets, and the address of its API", () => {
  const [table = ""] = /^\| variable [\s\S]*?\n\n/m.exec(textOf("docs/workloads.md")) ?? [];
  const listed = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  for (const page of ["python", "go", "java", "dotnet"]) {
    const [, code = ""] = /^```\w+\n(.*?)^```$/ms.exec(textOf(`docs/languages/${page}.md`)) ?? [];
    const read = new Set([...code.matchAll(/"((?:AZURE|SERVICE|INVENTORY)_[A-Z_]+)"/g)].map(([, name]) => name));
    expect([page, [...read].filter((name) => !listed.includes(name))]).toEqual([page, ["INVENTORY_URL"]]);
  }
});
