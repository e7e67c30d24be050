import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { EvaluatedResource } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { readExportedState } from "@microservice-identities/review/exportedState";
import { reviewJunit } from "@microservice-identities/review/report/junit";
import { reviewMarkdown } from "@microservice-identities/review/report/markdown";
import { reviewText } from "@microservice-identities/review/report/text";
import { type Earlier, type Review, review } from "@microservice-identities/review/review";
import { type Severity, severities } from "@microservice-identities/review/rule";
import { reviewJson, savedReview } from "@microservice-identities/review/savedReview";
import { readWaivers, waiversFile } from "@microservice-identities/review/waivers";
import { InvalidArgumentError, Option } from "commander";
import { CommandError, command, dateOption, exitCodeOf, ofOption, stacksOption } from "./command";

const limits = [...severities.flatMap((severity) => [`new-${severity}`, severity]), "never"];
const endings = { txt: "text", md: "markdown", html: "html", json: "json", sarif: "sarif", xml: "junit" } as const;
type Format = (typeof endings)[keyof typeof endings];

interface ReviewOptions {
  readonly stack: readonly string[];
  readonly state?: readonly string[];
  readonly against?: string;
  readonly beside?: string;
  readonly format: Format;
  readonly out?: readonly string[];
  readonly failOn: string;
  readonly waivers: string;
  readonly date: string;
}

const projectFolder = path.dirname(__dirname);
const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: projectFolder });

/** Exit codes: 0 nothing of that severity, 1 something is, 2 it could not be found out. */
async function run(options: ReviewOptions): Promise<number> {
  const { stack, state, against, beside, format, out = [], failOn, date } = options;
  const waivers = ofOption("--waivers", () => readWaivers(options.waivers));
  const [resources, before, other] = await Promise.all([
    state ? readStates(state) : evaluateOffline(projectFolder, stack),
    against === undefined ? undefined : readEarlier(against, stack),
    beside === undefined ? undefined : evaluateOffline(projectFolder, beside),
  ]);
  const result = review(resources, { today: date, before, waivers, beside: other });
  console.log(await written(result, format));
  for (const file of out) {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeFile(file, await written(result, formatOf(file)));
  }
  return fails(result, failOn) ? 1 : 0;
}

async function written(result: Review, format: Format): Promise<string> {
  switch (format) {
    case "text":
      return reviewText(result);
    case "markdown":
      return reviewMarkdown(result);
    // The two that take long to load, only when they are asked for.
    case "html": {
      const { reviewHtml } =
        require("@microservice-identities/review/report/html") as typeof import("@microservice-identities/review/report/html");
      return reviewHtml(result);
    }
    case "json":
      return reviewJson(result);
    case "junit":
      return reviewJunit(result);
    case "sarif": {
      const { Declarations } =
        require("@microservice-identities/review/declarations") as typeof import("@microservice-identities/review/declarations");
      const { reviewSarif } =
        require("@microservice-identities/review/report/sarif") as typeof import("@microservice-identities/review/report/sarif");
      return reviewSarif(result, new Declarations(projectFolder, result.stack));
    }
  }
}

const formatOf = (file: string): Format => endings[path.extname(file).slice(1) as keyof typeof endings];

function fails({ findings, newFindings }: Review, failOn: string): boolean {
  if (failOn === "never") return false;
  const isNew = failOn.startsWith("new-");
  const least = severities.indexOf(failOn.replace("new-", "") as Severity);
  return (isNew ? newFindings : findings).some(({ severity }) => severities.indexOf(severity) >= least);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new CommandError(`${file}: ${(error as Error).message}`);
  }
}

async function readState(file: string): Promise<EvaluatedResource[]> {
  const data = await readJson(file);
  try {
    return readExportedState(data);
  } catch (error) {
    throw new CommandError(`${file}: ${(error as Error).message}`);
  }
}

const readStates = async (files: readonly string[]): Promise<EvaluatedResource[]> =>
  (await Promise.all(files.map(readState))).flat();

/** A saved review, an exported state, or a git revision. */
async function readEarlier(what: string, stack: readonly string[]): Promise<Earlier> {
  if (!existsSync(what)) return evaluateRevision(what, stack);
  const saved = savedReview.safeParse(await readJson(what));
  return saved.success ? saved.data : readState(what);
}

/** Evaluates another revision in a worktree of its own, with the packages that are installed here. */
async function evaluateRevision(revision: string, stack: readonly string[]): Promise<EvaluatedResource[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "review-"));
  const tree = path.join(folder, "tree");
  try {
    await git("worktree", "add", "--detach", tree, revision);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new CommandError(`--against: ${revision} is no file, and git cannot check it out: ${reason}`);
  }
  try {
    await symlink(path.join(projectFolder, "node_modules"), path.join(tree, "node_modules"));
    return await evaluateOffline(tree, stack);
  } finally {
    await git("worktree", "remove", "--force", tree);
    await rm(folder, { recursive: true, force: true });
  }
}

function collectFile(file: string, before: readonly string[] = []): readonly string[] {
  if (formatOf(file) === undefined)
    throw new InvalidArgumentError(
      `Allowed endings: ${Object.keys(endings)
        .map((ending) => `.${ending}`)
        .join(", ")}.`,
    );
  return [...before, file];
}

command(
  "review",
  "Says who may call whom and why, and what a change does to that.\nNeeds no Pulumi CLI, no credentials and no network.\nExit codes: 0 no finding that fails, 1 there is one, 2 it could not be found out.",
)
  .addOption(stacksOption)
  .option("--state <files...>", "review what `pulumi stack export` wrote, in place of the program")
  .option("-a, --against <what>", "compare with another git revision, a saved review (JSON) or an exported state")
  .option("-b, --beside <stack>", "an earlier environment: what it does not grant is found")
  .addOption(new Option("-f, --format <format>", "for whom").choices(Object.values(endings)).default("text"))
  .addOption(
    new Option("-o, --out <file>", "also write a file, in the format of its ending; can be given again").argParser(
      collectFile,
    ),
  )
  .addOption(
    new Option("--fail-on <severity>", "the least severity that fails; new-… counts only what the change brings")
      .choices(limits)
      .default("new-high"),
  )
  .option("--waivers <file>", "the findings that somebody answers for", path.join(projectFolder, waiversFile))
  .addOption(dateOption)
  .action((options: ReviewOptions) => exitCodeOf(run(options)))
  .parse();
