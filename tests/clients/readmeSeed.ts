import { readFileSync } from "node:fs";
import path from "node:path";
import { seedFile } from "@microservice-identities/local-azure/seed";
import { projectFolder } from "@microservice-identities/test-support/processes";
import { parse } from "yaml";

/** The seed in the README of the local Azure, which its pages use. */
export function readmeSeed() {
  const readme = readFileSync(path.join(projectFolder, "packages/local-azure/README.md"), "utf8");
  return seedFile.parse(parse(/^```yaml\n(# seed\.yaml\n.*?)^```$/ms.exec(readme)?.[1] ?? ""));
}
