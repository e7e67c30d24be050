import type { AccessModel } from "../accessModel";
import type { Review } from "../review";
import { type Finding, severities } from "../rule";
import { changeLines } from "./changeLines";
import type { ReportContext } from "./context";
import { table } from "./htmlTable";
import { landscapePicture } from "./landscapePicture";
import { firstShown, neighbourhoodScript } from "./neighbourhood";
import { escaped, inlineSvg, page } from "./page";
import { openedPicture } from "./pathPictures";
import { pathFigure, pathSection } from "./pathSection";
import { changePicture, clusterPicture, type Picture, wholePicture } from "./reviewPictures";
import { changeList, findingTable, grantTable, reachSection, timeline, waivedTable } from "./reviewTables";
import { isTouched } from "./touched";
import { usageSentence } from "./usageSentence";
import { visible } from "./visible";

/** One review and what its report needs. */
export interface ReviewInContext {
  readonly review: Review;
  readonly context?: ReportContext;
}

/** The complete review as one page, the change first. */
export async function reviewHtml(review: Review, context: ReportContext = {}): Promise<string> {
  return page({
    title: `Access review of stack ${review.stack}`,
    script: neighbourhoodScript,
    body: `<div class="stack">\n${await partsOf({ review, context }, "h2")}\n</div>`,
  });
}

/** The reviews of several stacks as one page: a table of contents, then the stacks that the change touches, then the others. */
export async function reviewsHtml(reviews: readonly ReviewInContext[]): Promise<string> {
  const [only, ...others] = reviews;
  if (only && others.length === 0) return reviewHtml(only.review, only.context);
  const touched = reviews.filter(({ review }) => isTouched(review));
  const ordered = [...touched, ...reviews.filter((each) => !touched.includes(each))];
  const sections: string[] = [];
  for (const [index, each] of ordered.entries())
    sections.push(
      `<section class="stack" id="stack-${index + 1}">\n<h2>Stack ${escaped(each.review.stack)}</h2>\n${await partsOf(each, "h3")}\n</section>`,
    );
  const contents = ordered.map(
    ({ review }, index) =>
      `<li><a href="#stack-${index + 1}">${escaped(review.stack)}</a>: ${escaped(inShort(review))}</li>`,
  );
  return page({
    title: `Access review of ${reviews.length} stacks`,
    script: neighbourhoodScript,
    body: `<nav aria-label="Stacks"><ul>\n${contents.join("\n")}\n</ul></nav>\n${sections.join("\n")}`,
  });
}

function inShort({ change, findings, newFindings }: Review): string {
  const counted = change ? newFindings : findings;
  const found = `${change ? "new " : ""}findings: ${countsOf(counted)}`;
  if (!change) return found;
  const lines = changeLines(change);
  return `${lines.length === 1 ? lines[0] : `${lines.length} changes`}; ${found}`;
}

const countsOf = (findings: readonly Finding[]): string =>
  severities
    .toReversed()
    .map((severity) => `${findings.filter((finding) => finding.severity === severity).length} ${severity}`)
    .join(", ");

async function partsOf({ review, context = {} }: ReviewInContext, level: "h2" | "h3"): Promise<string> {
  const { today, base, model, findings, waived, change, newFindings } = review;
  const heading = (text: string) => `<${level}>${text}</${level}>`;
  const whole = wholePicture(model, change);
  const changed = change && !whole ? changePicture(model, change) : undefined;
  const opened = openedPicture(change?.opened ?? []);
  return [
    `<p>On ${escaped(today)}${base ? `, compared with ${escaped(base)}` : ""}: ${model.services.length} services, ${model.grants.length} granted roles, findings: ${countsOf(findings)}; ${waived.length} waived.</p>`,
    ...(change ? [heading("What the change does"), changeList(changeLines(change))] : []),
    ...(changed ? [await figure(changed, "What the change does")] : []),
    ...(opened ? [await pathFigure(opened, "What the change opens")] : []),
    heading("Findings"),
    findings.length === 0 ? "<p>No rule is broken.</p>" : findingTable(findings, change ? newFindings : [], context),
    `<p>${usageSentence(review)}</p>`,
    ...(waived.length === 0 ? [] : [heading("Waived"), waivedTable(review)]),
    heading("Who may call whom"),
    ...(whole ? [await figure(whole, "Who may call whom")] : await clustersOf(model)),
    `<label>Search for a service, an API, a role or a rule<input type="search" class="filter" autocomplete="off"></label>`,
    `<div class="browser"><div><p class="count"></p><ul class="names"></ul></div><div class="neighbourhood" aria-live="polite"></div></div>`,
    `<script type="application/json" class="services" data-first="${escaped(firstShown(model, change) ?? "")}">${inScript(model.services.map(visible))}</script>`,
    `<p class="cut"></p><div class="scroll short matrix" tabindex="0"><table class="matrix"></table></div>`,
    heading("Why"),
    grantTable(review),
    ...reachSection(model, heading("Reach")),
    heading("Attack paths"),
    ...(await pathSection(model)),
    heading("When credentials expire"),
    timeline(model.credentials, today),
  ].join("\n");
}

const figure = async ({ services, arrows, labels, caption }: Picture, label: string): Promise<string> =>
  `<figure>${inlineSvg(await landscapePicture(services, arrows, labels), label)}<figcaption>${escaped(caption)}</figcaption></figure>`;

async function clustersOf(model: AccessModel): Promise<string[]> {
  const picture = clusterPicture(model);
  if (!picture) return [];
  const rows = picture.clusters.map(({ name, services }) => [
    escaped(name),
    services.map((service) => `<button type="button" data-service>${escaped(service)}</button>`).join(" "),
  ]);
  return [await figure(picture, "Clusters of services"), table(["cluster", "services"], rows, "filtered clusters")];
}

/** In a script element, only the end tag and a comment can end the data. */
const inScript = (data: unknown): string => JSON.stringify(data).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");
