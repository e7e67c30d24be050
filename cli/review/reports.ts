import { Declarations } from "@microservice-identities/review/declarations";
import { nothingChanges } from "@microservice-identities/review/report/changeLines";
import type { ReportContext } from "@microservice-identities/review/report/context";
import { reviewJunit } from "@microservice-identities/review/report/junit";
import { marker, mostCharactersOnGitHub, reviewMarkdown } from "@microservice-identities/review/report/markdown";
import { reviewText } from "@microservice-identities/review/report/text";
import { isTouched } from "@microservice-identities/review/report/touched";
import { visible } from "@microservice-identities/review/report/visible";
import type { Review } from "@microservice-identities/review/review";
import { reviewJson } from "@microservice-identities/review/savedReview";
import type { Format } from "./formats";
import { pipelineRun } from "./pipelineRun";

/** Formats the reviews of one stack, or of several, each separately; as HTML, they are the sections of one page. */
export async function written(reviews: readonly Review[], format: Format, projectFolder: string): Promise<string> {
  if (format === "html") return asPage(reviews, projectFolder);
  if (reviews.length > 1 && (format === "text" || format === "markdown"))
    return onlyChanged(reviews, format, projectFolder);
  return allOf(reviews, format, projectFolder);
}

function asPage(reviews: readonly Review[], projectFolder: string): Promise<string> {
  // This module takes long to load, so it is loaded only if needed.
  const { reviewsHtml } =
    require("@microservice-identities/review/report/html") as typeof import("@microservice-identities/review/report/html");
  return reviewsHtml(reviews.map((review) => ({ review, context: contextOf(review, projectFolder) })));
}

/** Reports several stacks. Stacks that the change does not touch get one line each. */
async function onlyChanged(reviews: readonly Review[], format: JoinedFormat, projectFolder: string): Promise<string> {
  const touched = reviews.filter(isTouched);
  const rest = reviews.filter((each) => !isTouched(each)).map(({ stack }) => `${visible(stack)}: ${nothingChanges}`);
  const text =
    touched.length > 0
      ? await allOf(touched, format, projectFolder)
      : format === "markdown"
        ? `${marker}\n## Access review\n`
        : "";
  if (rest.length === 0) return text;
  return format === "markdown"
    ? `${text}\n${rest.map((line) => `- ${line}`).join("\n")}\n`
    : [text, ...rest].filter(Boolean).join("\n");
}

/** An HTML page is composed differently. */
type JoinedFormat = Exclude<Format, "html">;

async function allOf(reviews: readonly Review[], format: JoinedFormat, projectFolder: string): Promise<string> {
  // Together they have to fit into one comment.
  const most = Math.floor(mostCharactersOnGitHub / Math.max(1, reviews.length)) - 100;
  const texts = await Promise.all(reviews.map((review) => writtenOne(review, format, projectFolder, most)));
  const [only, ...others] = texts;
  if (only === undefined) return "";
  if (others.length === 0) return only;
  switch (format) {
    case "json":
      return `[\n${texts.map((text) => text.trimEnd()).join(",\n")}\n]\n`;
    case "sarif":
      return together(texts);
    case "junit":
      return joinedSuites(texts);
    case "markdown":
      return [marker, ...texts.map((text) => text.replace(`${marker}\n`, ""))].join("\n");
    case "text":
      return texts.join("\n\n");
  }
}

async function writtenOne(
  review: Review,
  format: JoinedFormat,
  projectFolder: string,
  mostCharacters: number,
): Promise<string> {
  switch (format) {
    case "text":
      return reviewText(review, contextOf(review, projectFolder));
    case "markdown":
      return reviewMarkdown(review, { ...contextOf(review, projectFolder), mostCharacters });
    case "json":
      return reviewJson(review);
    case "junit":
      return reviewJunit(review);
    // This module takes long to load, too.
    case "sarif": {
      const { reviewSarif } =
        require("@microservice-identities/review/report/sarif") as typeof import("@microservice-identities/review/report/sarif");
      return reviewSarif(review, declarationsOf(review, projectFolder));
    }
  }
}

function contextOf(review: Review, projectFolder: string): ReportContext {
  const files = repositoryFiles(process.env);
  const whole = pipelineRun(process.env);
  // Only findings need places.
  const declarations = review.findings.length > 0 ? declarationsOf(review, projectFolder) : undefined;
  return {
    width: process.stdout.columns ?? 100,
    placeOf: ({ about, at }) => {
      const place = declarations?.placeOf(about, at);
      return place && `${place.file}:${place.line}`;
    },
    ...(files ? { linkOf: (rule: string) => `${files}/docs/review-rules.md#${rule}` } : {}),
    ...(whole ? { whole } : {}),
  };
}

/** The address of the files of the revision that a pipeline runs for. */
function repositoryFiles(environment: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_SHA, CI_PROJECT_URL, CI_COMMIT_SHA } = environment;
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_SHA)
    return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/blob/${GITHUB_SHA}`;
  return CI_PROJECT_URL && CI_COMMIT_SHA ? `${CI_PROJECT_URL}/-/blob/${CI_COMMIT_SHA}` : undefined;
}

const declarationsOf = ({ stack }: Review, projectFolder: string) => new Declarations(projectFolder, stack);

/** A log has one run for each review. */
function together(texts: readonly string[]): string {
  const logs = texts.map((text) => JSON.parse(text) as { runs: readonly object[] });
  return `${JSON.stringify({ ...logs[0], runs: logs.flatMap(({ runs }) => runs) }, null, 2)}\n`;
}

const joinedSuites = (texts: readonly string[]): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    ...texts.map((text) => /(\s*<testsuite [\s\S]*<\/testsuite>)/.exec(text)?.[1]?.replace(/^\n/, "") ?? ""),
    "</testsuites>",
    "",
  ].join("\n");
