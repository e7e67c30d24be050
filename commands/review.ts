import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Option } from "commander";
import { readExportedState } from "../policy/exportedState";
import { evaluateOffline } from "../policy/offlineEvaluation";
import { reviewMarkdown } from "../policy/report/markdown";
import { reviewText } from "../policy/report/text";
import type { ReviewedResource } from "../policy/resources";
import { review } from "../policy/review";
import { type Severity, severities } from "../policy/rule";
import { CommandError, command, dateOption, exitCodeOf } from "./command";

interface ReviewOptions {
  readonly stack: string;
  readonly state?: string;
  readonly against?: string;
  readonly againstState?: string;
  readonly format: "text" | "markdown" | "json";
  readonly failOn: Severity | "never";
  readonly date: string;
}

const projectFolder = path.dirname(__dirname);
const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: projectFolder });

/** Exit codes: 0 nothing of that severity is new, 1 something is, 2 it could not be found out. */
async function run({ stack, state, against, againstState, format, failOn, date }: ReviewOptions): Promise<number> {
  const resources = state ? await readState(state) : await evaluateOffline(projectFolder, stack);
  const before = againstState ? await readState(againstState) : against && (await evaluateRevision(against, stack));
  const result = review(resources, date, before || undefined);
  const shown = { text: reviewText, markdown: reviewMarkdown, json: (whole: object) => JSON.stringify(whole, null, 2) };
  console.log(shown[format](result));
  const limit = failOn === "never" ? severities.length : severities.indexOf(failOn);
  return result.newFindings.some(({ severity }) => severities.indexOf(severity) >= limit) ? 1 : 0;
}

async function readState(file: string): Promise<ReviewedResource[]> {
  try {
    return readExportedState(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new CommandError(`${file}: ${(error as Error).message}`);
  }
}

/** Evaluates another revision in a worktree of its own, with the packages that are installed here. */
async function evaluateRevision(revision: string, stack: string): Promise<ReviewedResource[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "review-"));
  const tree = path.join(folder, "tree");
  try {
    await git("worktree", "add", "--detach", tree, revision);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new CommandError(`--against: git cannot check out ${revision}: ${reason}`);
  }
  try {
    await symlink(path.join(projectFolder, "node_modules"), path.join(tree, "node_modules"));
    return await evaluateOffline(tree, stack);
  } finally {
    await git("worktree", "remove", "--force", tree);
    await rm(folder, { recursive: true, force: true });
  }
}

command(
  "review",
  "Says who may call whom and why, and what a change does to that.\nNeeds no Pulumi CLI, no credentials and no network.\nExit codes: 0 no new finding of the given severity, 1 there is one, 2 it could not be found out.",
)
  .option("-s, --stack <name>", "the stack, with its settings in Pulumi.<name>.yaml", "dev")
  .option("--state <file>", "review what `pulumi stack export` wrote, in place of the program")
  .addOption(new Option("-a, --against <revision>", "compare with another git revision").conflicts("againstState"))
  .option("--against-state <file>", "compare with what `pulumi stack export` wrote")
  .addOption(new Option("-f, --format <format>", "for whom").choices(["text", "markdown", "json"]).default("text"))
  .addOption(
    new Option("--fail-on <severity>", "the least severity of a new finding that fails")
      .choices([...severities, "never"])
      .default("high"),
  )
  .addOption(dateOption)
  .action((options: ReviewOptions) => exitCodeOf(run(options)))
  .parse();
