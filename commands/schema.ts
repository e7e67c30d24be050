import { writeFile } from "node:fs/promises";
import path from "node:path";
import { reviewJsonSchema } from "../policy/savedReview";
import { command, exitCodeOf } from "./command";

/** Where a published schema stands. */
const reviewSchemaFile = path.join(path.dirname(__dirname), "docs", "review.schema.json");

async function write(): Promise<number> {
  await writeFile(reviewSchemaFile, `${JSON.stringify(reviewJsonSchema(), null, 2)}\n`);
  return 0;
}

command("schema", "Writes docs/review.schema.json anew: the JSON Schema of the review's JSON.")
  .action(() => exitCodeOf(write()))
  .parse();
