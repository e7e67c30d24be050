import { writeFile } from "node:fs/promises";
import path from "node:path";
import { reviewJsonSchema } from "@microservice-identities/review/savedReview";
import { settingsJsonSchema } from "../stacks/settingsSchema";
import { command, exitCodeOf } from "./command";
import { projectFolder } from "./projectFolder";
import { ruleDocs } from "./ruleDocs";

async function write(): Promise<number> {
  const schemas = { "review.schema.json": reviewJsonSchema(), "settings.schema.json": settingsJsonSchema() };
  for (const [file, schema] of Object.entries(schemas))
    await writeFile(path.join(projectFolder, "docs", file), `${JSON.stringify(schema, null, 2)}\n`);
  await writeFile(path.join(projectFolder, "docs", "review-rules.md"), ruleDocs());
  return 0;
}

command(
  "schema",
  "Regenerates the JSON Schemas in docs/, of the review and of the stacks' settings, and the page about the rules.",
)
  .action(() => exitCodeOf(write()))
  .parse();
