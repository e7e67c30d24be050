import { writeFile } from "node:fs/promises";
import path from "node:path";
import { reviewJsonSchema } from "@microservice-identities/review/savedReview";
import { settingsJsonSchema } from "../stacks/settingsSchema";
import { command, exitCodeOf } from "./command";
import { projectFolder } from "./projectFolder";

async function write(): Promise<number> {
  const schemas = { "review.schema.json": reviewJsonSchema(), "settings.schema.json": settingsJsonSchema() };
  for (const [file, schema] of Object.entries(schemas))
    await writeFile(path.join(projectFolder, "docs", file), `${JSON.stringify(schema, null, 2)}\n`);
  return 0;
}

command("schema", "Regenerates the JSON Schemas in docs/, of the review and of the stacks' settings.")
  .action(() => exitCodeOf(write()))
  .parse();
