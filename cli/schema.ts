import { writeFile } from "node:fs/promises";
import path from "node:path";
import { reviewJsonSchema } from "@microservice-identities/review/savedReview";
import { usageJsonSchema } from "@microservice-identities/review/usage/savedUsage";
import { usageLineJsonSchema } from "@microservice-identities/review/usage/usageLine";
import { settingsJsonSchema } from "../stacks/settingsSchema";
import { command, exitCodeOf, runIfProgram } from "./command";
import { projectFolder } from "./projectFolder";
import { ruleDocs } from "./ruleDocs";

async function write(): Promise<number> {
  const schemas = {
    "review.schema.json": reviewJsonSchema(),
    "settings.schema.json": settingsJsonSchema(),
    "usage.schema.json": usageJsonSchema(),
    "usage-line.schema.json": usageLineJsonSchema(),
  };
  for (const [file, schema] of Object.entries(schemas))
    await writeFile(path.join(projectFolder, "docs", file), `${JSON.stringify(schema, null, 2)}\n`);
  await writeFile(path.join(projectFolder, "docs", "review-rules.md"), ruleDocs());
  return 0;
}

export const schemaCommand = command("schema", {
  does: "Generates the JSON Schemas of the review, of the stacks' settings, of usage files and of the usage report, and the page about the rules of the review, in docs/.",
  exitCodes: { 0: "written", 2: "it could not run" },
  example: "npm run schema",
}).action(() => exitCodeOf(write()));
runIfProgram(__filename, schemaCommand);
