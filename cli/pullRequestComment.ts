import { readFile } from "node:fs/promises";
import { CommandError, command, exitCodeOf } from "./command";
import { comment } from "./pipelines/pullRequestComment";

async function write(file: string): Promise<number> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as Error).message}`);
  }
  try {
    console.log(`The comment on the pull request was ${await comment(text, process.env)}.`);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  return 0;
}

command(
  "pull-request-comment",
  "Writes a file as a comment on the pull request that a pipeline runs for, and replaces an earlier comment with the same first line. For GitHub Actions and Azure Pipelines.\nExit codes: 0 written, 2 could not run.",
)
  .argument("<file>", "Markdown, as `npm run review -- --out review.md` writes it")
  .action((file: string) => exitCodeOf(write(file)))
  .parse();
