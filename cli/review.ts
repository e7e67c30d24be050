import path from "node:path";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import type { Review } from "@microservice-identities/review/review";
import { type Severity, severities } from "@microservice-identities/review/rule";
import { waiversFile } from "@microservice-identities/review/waiversFile";
import { InvalidArgumentError, Option } from "commander";
import { CommandError, command, dateOption, exitCodeOf, runIfProgram, stacksOption } from "./command";
import { writeReport } from "./files";
import { projectFolder, stacksIn } from "./projectFolder";
import { endings, type Format } from "./review/formats";
import type { ReviewedOptions } from "./review/reviews";

const limits = [...severities.flatMap((severity) => [`new-${severity}`, severity]), "never"];

interface ReviewOptions extends ReviewedOptions {
  readonly stack: readonly string[];
  readonly everyStack?: true;
  readonly format: Format;
  readonly out?: readonly string[];
  readonly failOn: string;
}

async function run(options: ReviewOptions): Promise<number> {
  const { format, out = [], failOn } = options;
  const groups = await groupsOf(options);
  // The program is evaluated in another process, while this one loads the review.
  const first = groups[0] && !options.state ? evaluateOffline(projectFolder, groups[0]) : Promise.resolve([]);
  // Its error is reported where its result is needed, unless there is another one before.
  first.catch(() => undefined);
  const { reviewsFor, written } = loaded();
  const reviews = await reviewsFor(options, groups, first);
  console.log(await written(reviews, format, projectFolder));
  for (const file of out) {
    await writeReport(file, await written(reviews, formatOf(file), projectFolder));
  }
  return reviews.some((each) => fails(each, failOn)) ? 1 : 0;
}

/** The stacks of each review. */
async function groupsOf({ stack, everyStack, against, againstFile }: ReviewOptions): Promise<string[][]> {
  if (against !== undefined && againstFile !== undefined)
    throw new CommandError("--against and --against-file: use only one of them");
  if (everyStack && againstFile !== undefined)
    throw new CommandError(
      "--every-stack and --against-file: a file contains one stack; use --against, which compares each stack",
    );
  return everyStack ? (await stacksIn(projectFolder)).map((each) => [each]) : [[...stack]];
}

/** These modules take long to load, so they are loaded only when the evaluation has begun. */
const loaded = () => ({
  ...(require("./review/reviews") as typeof import("./review/reviews")),
  ...(require("./review/reports") as typeof import("./review/reports")),
});

const formatOf = (file: string): Format => endings[path.extname(file).slice(1) as keyof typeof endings];

function fails({ findings, newFindings }: Review, failOn: string): boolean {
  if (failOn === "never") return false;
  const isNew = failOn.startsWith("new-");
  const least = severities.indexOf(failOn.replace("new-", "") as Severity);
  return (isNew ? newFindings : findings).some(({ severity }) => severities.indexOf(severity) >= least);
}

function collectFile(file: string, before: readonly string[] = []): readonly string[] {
  if (formatOf(file) === undefined)
    throw new InvalidArgumentError(
      `Allowed: a file with one of the extensions ${Object.keys(endings)
        .map((ending) => `.${ending}`)
        .join(", ")}.`,
    );
  return [...before, file];
}

export const reviewCommand = command("review", {
  does: "Shows who may call whom and why, which access a change adds or removes, and which rules it violates. It needs no Pulumi CLI, no credentials and no network.",
  exitCodes: { 0: "passed", 1: "there are findings that fail", 2: "it could not run" },
  example: "npm run review -- --against HEAD --out reports/review.md",
})
  .addOption(stacksOption)
  .option("--every-stack", "review each stack with a Pulumi.<stack>.yaml separately, instead of --stack")
  .option("--state <files...>", "review the output of `pulumi stack export`, instead of the program")
  .option("-a, --against <revision>", "compare each stack with the same stack in another git revision")
  .option("--against-file <file>", "compare with a saved review (JSON) or an exported state")
  .option("-b, --beside <stack>", "an earlier environment: also report grants that it does not have")
  .option("--usage <files...>", "usage reports (JSON) of `npm run usage`: also report grants that nobody used")
  .addOption(
    new Option("-f, --format <format>", "the format of the output").choices(Object.values(endings)).default("text"),
  )
  .addOption(
    new Option("-o, --out <file>", "also write a file, in the format of its extension; can be repeated").argParser(
      collectFile,
    ),
  )
  .addOption(
    new Option(
      "--fail-on <severity>",
      "the lowest severity that fails; new-… counts only findings that the change adds",
    )
      .choices(limits)
      .default("new-high"),
  )
  .addOption(
    new Option("--waivers <file>", "the file of accepted findings").default(
      path.join(projectFolder, waiversFile),
      waiversFile,
    ),
  )
  .addOption(dateOption)
  .action((options: ReviewOptions) => exitCodeOf(run(options)));
runIfProgram(__filename, reviewCommand);
