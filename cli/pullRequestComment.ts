import { readFile } from "node:fs/promises";
import { reasonOf } from "@microservice-identities/validation/files";
import { CommandError, command, exitCodeOf, runIfProgram } from "./command";
import { comment } from "./pipelines/pullRequestComment";

async function write(file: string): Promise<number> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${reasonOf(error)}`);
  }
  try {
    console.log(`The comment on the pull request was ${await comment(text, process.env)}.`);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  return 0;
}

export const pullRequestCommentCommand = command("pull-request-comment", {
  does: "Writes a file as a comment on the pull request that the pipeline runs for. It replaces an earlier comment with the same first line. It runs in GitHub Actions, GitLab CI and Azure Pipelines.",
  exitCodes: { 0: "written", 2: "it could not run" },
  example: "npm run pull-request-comment -- review.md",
})
  .argument("<file>", "Markdown, for example from `npm run review -- --out review.md`")
  .action((file: string) => exitCodeOf(write(file)));
runIfProgram(__filename, pullRequestCommentCommand);
