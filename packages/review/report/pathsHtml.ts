import { pathText, stepText } from "../paths/step";
import { openedText } from "../rules/openedPath";
import { table } from "./htmlTable";
import { escaped, page } from "./page";
import { openedPicture, stepsPicture } from "./pathPictures";
import { pathFigure, pathSection } from "./pathSection";
import { nothingOpened, openedHeading, type PathsReport, titleOf } from "./pathsReport";

/** The attack paths as a page of their own. */
export async function pathsHtml(report: PathsReport): Promise<string> {
  const { model, graph, paths, opened, asked } = report;
  const picture = openedPicture(opened ?? []);
  const parts = [
    ...(opened && !picture ? [`<p class="holds">${nothingOpened}</p>`] : []),
    ...(opened && picture
      ? [
          `<h2>${openedHeading}</h2>`,
          await pathFigure(picture, openedHeading),
          table(
            ["path", "by"],
            opened.map((each) => [openedText(each), each.by.how].map(escaped)),
          ),
        ]
      : []),
    ...(asked ? await askedParts(asked) : await pathSection(model, graph, paths)),
  ];
  return page({ title: titleOf(report), body: parts.join("\n") });
}

async function askedParts(asked: NonNullable<PathsReport["asked"]>): Promise<string[]> {
  const parts: string[] = [];
  for (const { target, all } of asked)
    parts.push(
      `<h2>Paths to ${escaped(target.name)}</h2>`,
      ...(all.length === 0
        ? ["<p>Nobody reaches it.</p>"]
        : [
            await pathFigure(
              { ...stepsPicture(all.flat().slice(0, mostSteps)), caption: "Who reaches it, and how." },
              target.name,
            ),
            table(
              ["path", "how"],
              all.map((path) => [
                escaped(pathText(path)),
                `<ol>${path.map((step) => `<li>${escaped(stepText(step))}</li>`).join("")}</ol>`,
              ]),
            ),
          ]),
    );
  return parts;
}

/** A picture with more arrows is unreadable. */
const mostSteps = 40;
