import type { TargetPaths } from "../paths/attackPaths";
import { pathText, stepText } from "../paths/step";
import { openedText } from "../rules/openedPath";
import { inText } from "./inMarkdown";
import { flowchart } from "./mermaid";
import { graphPicture, openedPicture, type PathPicture, stepsPicture } from "./pathPictures";
import { controlParts, noTierZero, nothingOpened, openedHeading, type PathsReport, titleOf } from "./pathsReport";
import { controlText, holdersText, shortestText } from "./pathTables";

/** The attack paths as Markdown, with a picture in Mermaid. */
export function pathsMarkdown(report: PathsReport): string {
  const { model, graph, paths, opened, asked } = report;
  const { tierZero, roles } = paths;
  const picture = graphPicture(graph, model);
  const table = (head: string, targets: readonly TargetPaths[]) => [
    `| ${head} | held by | shortest path of another party |`,
    "| --- | --- | --- |",
    ...targets.map(
      (each) =>
        `| ${inText(each.target.name)} | ${inText(holdersText(each.holders))} | ${inText(shortestText(each))} |`,
    ),
  ];
  return [
    `## ${inText(titleOf(report))}`,
    "",
    ...(opened ? [...openedPart(opened), ""] : []),
    ...(asked
      ? asked.flatMap(({ target, all }) => [
          `### Paths to ${inText(target.name)}`,
          "",
          ...(all.length === 0
            ? ["Nobody reaches it."]
            : [
                ...all.flatMap((path) => [
                  `- ${inText(pathText(path))}`,
                  ...path.map((step, index) => `  ${index + 1}. ${inText(stepText(step))}`),
                ]),
                "",
                ...chartOf(stepsPicture(all.flat())),
              ]),
          "",
        ])
      : [
          ...(picture ? [...chartOf(picture), ""] : []),
          ...controlParts(paths).flatMap(([heading, who]) => [
            `${heading}:`,
            "",
            ...who.map((each) => `- ${inText(controlText(each))}`),
            "",
          ]),
          ...(tierZero.length === 0 ? [noTierZero] : table("tier 0", tierZero)),
          "",
          ...table("API role", roles),
          "",
        ]),
  ].join("\n");
}

function openedPart(opened: NonNullable<PathsReport["opened"]>): string[] {
  const picture = openedPicture(opened);
  if (!picture) return [nothingOpened];
  return [
    `### ${openedHeading}`,
    "",
    ...opened.map((each) => `- ${inText(`${openedText(each)}. ${each.by.how}`)}`),
    "",
    ...chartOf(picture),
  ];
}

/** A picture in Mermaid. */
export const chartOf = ({ arrows, labels }: Pick<PathPicture, "arrows" | "labels">): string[] =>
  flowchart(
    arrows.map(({ caller, api, roles, state }) => ({
      from: caller,
      to: api,
      labels: state === "added" ? roles.map((role) => `${role} (new)`) : roles,
    })),
    (name) => labels.get(name) ?? name,
  );
