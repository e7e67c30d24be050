import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { pipelineEnvironment } from "../../../bench/engineStack";
import { projectFolder } from "../../support/processes";

/** Each place of a file that sets one of the variables: a map of variables, or a list of `{ name, value }`. */
function settingsIn(node: unknown): object[] {
  if (typeof node !== "object" || node === null) return [];
  const named = Array.isArray(node)
    ? Object.fromEntries(node.filter((entry) => entry?.name !== undefined).map(({ name, value }) => [name, value]))
    : node;
  const names = Object.keys(pipelineEnvironment).filter((name) => name in named);
  const found = names.length === 0 ? [] : [Object.fromEntries(names.map((name) => [name, named[name]]))];
  return [...found, ...Object.values(node).flatMap(settingsIn)];
}

it.each([
  [".github/workflows", 3],
  ["gitlab", 1],
  ["azure-pipelines", 4],
])("all %s deploy with the settings that the benchmarks measure", (folder, places) => {
  const files = readdirSync(path.join(projectFolder, folder), { recursive: true, encoding: "utf8" });
  const found = files
    .filter((file) => file.endsWith(".yml"))
    .flatMap((file) => parseAllDocuments(readFileSync(path.join(projectFolder, folder, file), "utf8")))
    .flatMap((document) => settingsIn(document.toJS()));
  expect(found).toEqual(Array.from({ length: places }, () => pipelineEnvironment));
});
