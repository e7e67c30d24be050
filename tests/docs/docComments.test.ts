import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { compile } from "@microservice-identities/test-support/compile";
import { projectFolder } from "@microservice-identities/test-support/processes";

jest.setTimeout(120_000);

const folder = path.join(projectFolder, "components");
const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
const textOf = (file: string) => readFileSync(path.join(folder, file), "utf8");

/** The example in the documentation comment of each component, as a file in the folder of the components. */
const examples = new Map(
  files.flatMap((file) =>
    [...textOf(file).matchAll(/@example\n \* ```ts\n(.*?)^ \* ```$/gms)].map(([, block = ""]): [string, string] => [
      path.join(folder, `exampleOf-${file}`),
      block.replaceAll(/^ \* ?/gm, "").replaceAll('"pulumi-microservice-identities"', '"./index"'),
    ]),
  ),
);

it("each component has an example in its documentation comment, and every example compiles", () => {
  const components = files.filter((file) => /^export class \w+ extends pulumi\.ComponentResource/m.test(textOf(file)));
  expect([...examples.keys()].map((file) => path.basename(file).replace("exampleOf-", "")).sort()).toEqual(
    components.sort(),
  );
  const [, readme = ""] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(path.join(folder, "README.md"), "utf8")) ?? [];
  const all = new Map([
    ...examples,
    [
      path.join(folder, "exampleOf-README.ts"),
      readme.replaceAll('"pulumi-microservice-identities"', '"./index"'),
    ] as const,
  ]);
  expect(compile(all)).toEqual([]);
});
