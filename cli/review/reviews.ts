import { existsSync } from "node:fs";
import path from "node:path";
import { type EvaluatedResource, stackOf } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { evaluateOffline } from "@microservice-identities/engine/evaluation/evaluateOffline";
import { type Earlier, type Review, review } from "@microservice-identities/review/review";
import type { SavedUsage } from "@microservice-identities/review/usage/savedUsage";
import { noWaivers, readWaivers, type Waivers } from "@microservice-identities/review/waivers";
import { ProblemsError } from "@microservice-identities/validation/problems";
import { shown } from "@microservice-identities/validation/shown";
import { CommandError, ofOption } from "../command";
import { projectFolder, stacksIn } from "../projectFolder";
import { readEarlier, readStates, readUsageReports } from "./files";
import { inRevision } from "./revision";

/** What is reviewed, and what it is compared with: options of `npm run review`. */
export interface ReviewedOptions {
  readonly state?: readonly string[];
  readonly against?: string;
  readonly againstFile?: string;
  readonly beside?: string;
  readonly usage?: readonly string[];
  readonly waivers: string;
  readonly date: string;
}

/**
 * @param groups the stacks of each review. With `state`, its files are reviewed instead
 * @param first the resources of the first group
 */
export async function reviewsFor(
  options: ReviewedOptions,
  groups: readonly (readonly string[])[],
  first: Promise<readonly EvaluatedResource[]>,
): Promise<Review[]> {
  const reports = options.usage ? await readUsageReports(options.usage) : [];
  const usageOf = (stack: string) => reports.find((report) => areSame(report.stack, stack));
  const reviews = options.state
    ? [await reviewOfState(options.state, options, usageOf)]
    : await reviewsOfPrograms(groups, first, options, usageOf);
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

type UsageOf = (stack: string) => SavedUsage | undefined;

async function reviewOfState(state: readonly string[], options: ReviewedOptions, usageOf: UsageOf): Promise<Review> {
  const waivers = waiversOf(options);
  const before = options.againstFile === undefined ? undefined : await readEarlier(options.againstFile);
  const resources = await readStates(state);
  const usage = usageOf(stackOf(resources));
  return review(resources, { today: options.date, source: "state", before, waivers, ...(usage ? { usage } : {}) });
}

async function reviewsOfPrograms(
  groups: readonly (readonly string[])[],
  first: Promise<readonly EvaluatedResource[]>,
  options: ReviewedOptions,
  usageOf: UsageOf,
): Promise<Review[]> {
  const { beside, date } = options;
  const waivers = waiversOf(options);
  const besides = beside === undefined ? undefined : await evaluateOffline(projectFolder, beside);
  const earlier = await earlierOf(groups, options);
  const reviews: Review[] = [];
  for (const [index, group] of groups.entries()) {
    const resources = await (index === 0 ? first : evaluateOffline(projectFolder, group));
    // A stack is compared with an earlier environment, not with itself.
    const other = group.includes(beside ?? "") ? undefined : besides;
    const usage = usageOf(stackOf(resources));
    const before = earlier[index];
    reviews.push(review(resources, { today: date, before, waivers, beside: other, ...(usage ? { usage } : {}) }));
  }
  return reviews;
}

const waiversOf = ({ waivers, date }: ReviewedOptions): Waivers =>
  ofOption("--waivers", () => readWaivers(waivers, date));

/** The earlier state that each group of stacks is compared with. A stack that the other revision lacks is entirely new. */
async function earlierOf(
  groups: readonly (readonly string[])[],
  options: ReviewedOptions,
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
function waiversIn(folder: string, { waivers, date }: ReviewedOptions): Waivers | undefined {
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
