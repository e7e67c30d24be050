import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type Earlier, type Review, review } from "@microservice-identities/review/review";
import { type Severity, severities } from "@microservice-identities/review/rule";
import type { SavedUsage } from "@microservice-identities/review/usage/savedUsage";
import { noWaivers, readWaivers, type Waivers, waiversFile } from "@microservice-identities/review/waivers";
import { ProblemsError } from "@microservice-identities/validation/problems";
import { shown } from "@microservice-identities/validation/shown";
import { InvalidArgumentError, Option } from "commander";
import { CommandError, command, dateOption, exitCodeOf, ofOption, runIfProgram, stacksOption } from "./command";
import { writeReport } from "./files";
import { projectFolder } from "./projectFolder";
import { readEarlier, readStates, readUsageReports } from "./review/files";
import { endings, type Format, written } from "./review/reports";
import { inRevision } from "./review/revision";

const limits = [...severities.flatMap((severity) => [`new-${severity}`, severity]), "never"];

interface ReviewOptions {
  readonly stack: readonly string[];
  readonly everyStack?: true;
  readonly state?: readonly string[];
  readonly against?: string;
  readonly againstFile?: string;
  readonly beside?: string;
  readonly usage?: readonly string[];
  readonly format: Format;
  readonly out?: readonly string[];
  readonly failOn: string;
  readonly waivers: string;
  readonly date: string;
}

async function run(options: ReviewOptions): Promise<number> {
  const { format, out = [], failOn } = options;
  const reviews = await reviewsFor(options);
  console.log(await written(reviews, format, projectFolder));
  for (const file of out) {
    await writeReport(file, await written(reviews, formatOf(file), projectFolder));
  }
  return reviews.some((each) => fails(each, failOn)) ? 1 : 0;
}

async function reviewsFor(options: ReviewOptions): Promise<Review[]> {
  const reports = options.usage ? await readUsageReports(options.usage) : [];
  const reviews = await reviewsWith(options, (stack) => reports.find((report) => areSame(report.stack, stack)));
  const unmatched = reports.find((report) => !reviews.some(({ stack }) => areSame(report.stack, stack)));
  if (unmatched)
    throw new CommandError(
      `--usage: a report is about ${shown(unmatched.stack)}; allowed: reports about the reviewed stacks, ${reviews.map(({ stack }) => stack).join("; ")}`,
    );
  return reviews;
}

/** Whether two lists of stacks, as in `finance-dev, shop-dev`, are the same in any order. */
const areSame = (one: string, other: string): boolean => inOrder(one) === inOrder(other);
const inOrder = (stacks: string): string => stacks.split(", ").sort().join(", ");

async function reviewsWith(
  options: ReviewOptions,
  usageOf: (stack: string) => SavedUsage | undefined,
): Promise<Review[]> {
  const { stack, everyStack, state, against, againstFile, beside, date } = options;
  const waivers = ofOption("--waivers", () => readWaivers(options.waivers, date));
  if (against !== undefined && againstFile !== undefined)
    throw new CommandError("--against and --against-file: use only one of them");
  if (state) {
    const before = againstFile === undefined ? undefined : await readEarlier(againstFile);
    const resources = await readStates(state);
    const usage = usageOf(stackOf(resources));
    return [review(resources, { today: date, source: "state", before, waivers, ...(usage ? { usage } : {}) })];
  }
  if (everyStack && againstFile !== undefined)
    throw new CommandError(
      "--every-stack and --against-file: a file contains one stack; use --against, which compares each stack",
    );
  const groups = everyStack ? (await stacksIn(projectFolder)).map((each) => [each]) : [[...stack]];
  const besides = beside === undefined ? undefined : await evaluateOffline(projectFolder, beside);
  const earlier = await earlierOf(groups, options);
  const reviews: Review[] = [];
  for (const [index, group] of groups.entries()) {
    const resources = await evaluateOffline(projectFolder, group);
    // A stack is compared with an earlier environment, not with itself.
    const other = group.includes(beside ?? "") ? undefined : besides;
    const usage = usageOf(stackOf(resources));
    const before = earlier[index];
    reviews.push(review(resources, { today: date, before, waivers, beside: other, ...(usage ? { usage } : {}) }));
  }
  return reviews;
}

/** The earlier state that each group of stacks is compared with. A stack that the other revision lacks is entirely new. */
async function earlierOf(
  groups: readonly (readonly string[])[],
  options: ReviewOptions,
): Promise<(Earlier | undefined)[]> {
  const { against, againstFile, beside } = options;
  if (againstFile !== undefined) return [await readEarlier(againstFile)];
  if (against === undefined) return groups.map(() => undefined);
  return inRevision(projectFolder, against, async ({ folder, tooling }) => {
    const there = await stacksIn(folder);
    const besides = beside !== undefined && there.includes(beside) ? await evaluateOffline(folder, beside) : undefined;
    const accepted = waiversIn(folder, options);
    const all: Earlier[] = [];
    for (const [index, group] of groups.entries()) {
      const known = group.filter((each) => there.includes(each));
      const resources = known.length > 0 ? await evaluateOffline(folder, known) : [];
      all.push({
        resources,
        name: against,
        // The files are the same for all stacks: they are reported with the first.
        ...(index === 0 ? { tooling } : {}),
        ...(accepted ? { waivers: accepted } : {}),
        ...(besides && !group.includes(beside ?? "") ? { beside: besides } : {}),
      });
    }
    return all;
  });
}

/** The waivers of another revision; nothing for a file outside the project, which no revision contains. */
function waiversIn(folder: string, { waivers, date }: ReviewOptions): Waivers | undefined {
  const place = path.relative(projectFolder, path.resolve(waivers));
  if (place.startsWith("..")) return undefined;
  const file = path.join(folder, place);
  if (!existsSync(file)) return noWaivers;
  try {
    return readWaivers(file, date);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    // The change may repair the file. Then every waiver in it counts as new.
    return noWaivers;
  }
}

/** The stacks for which a project has settings. */
async function stacksIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return names.sort();
}

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
