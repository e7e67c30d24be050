import { landscapePicture } from "@microservice-identities/review/report/landscapePicture";
import { graphPicture, openedPicture, stepsPicture } from "@microservice-identities/review/report/pathPictures";
import { pathsHtml } from "@microservice-identities/review/report/pathsHtml";
import { pathsMarkdown } from "@microservice-identities/review/report/pathsMarkdown";
import type { PathsReport } from "@microservice-identities/review/report/pathsReport";
import { pathsText } from "@microservice-identities/review/report/pathsText";

/** The formats by file extension. */
export const pathFormats = { txt: "text", json: "json", md: "markdown", html: "html", svg: "svg" } as const;
export type PathFormat = (typeof pathFormats)[keyof typeof pathFormats];

export async function pathsIn(format: PathFormat, report: PathsReport): Promise<string> {
  switch (format) {
    case "text":
      return pathsText(report, process.stdout.columns ?? 100);
    case "markdown":
      return pathsMarkdown(report);
    case "html":
      return pathsHtml(report);
    case "svg":
      return svgOf(report);
    case "json": {
      const { stack, today, base, paths, opened, asked } = report;
      return JSON.stringify({ stack, today, base, ...(asked ? {} : paths), opened, asked }, null, 2);
    }
  }
}

/** The picture alone. It shows the paths to the given targets, or the paths that a change opens, or all paths. */
async function svgOf({ asked, opened, graph, model }: PathsReport): Promise<string> {
  const picture = asked
    ? stepsPicture(asked.flatMap(({ all }) => all.flat()))
    : (openedPicture(opened ?? []) ?? graphPicture(graph, model));
  const { services = [], arrows = [], labels, dangerous } = picture ?? {};
  return landscapePicture(services, arrows, labels, dangerous);
}
