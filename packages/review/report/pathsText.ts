import { capped } from "../capped";
import type { TargetPaths } from "../paths/attackPaths";
import { pathText, type Step, stepText } from "../paths/step";
import { openedText } from "../rules/openedPath";
import {
  type AskedPaths,
  controlParts,
  noTierZero,
  nothingOpened,
  openedHeading,
  type PathsReport,
  titleOf,
} from "./pathsReport";
import { controlText, holdersText, shortestText } from "./pathTables";
import { visible } from "./visible";
import { wrapped } from "./wrapped";

/** With a thousand services, nobody reads every role in a terminal. */
const most = 200;

/** The attack paths for a terminal. @param width the maximum length of a line */
export function pathsText(report: PathsReport, width = 100): string {
  const { paths, opened, asked } = report;
  const { tierZero, roles } = paths;
  const line = (text: string, indent: number) => wrapped(visible(`${" ".repeat(indent)}${text}`), width, indent + 4);
  const targets = (all: readonly TargetPaths[]) =>
    capped(
      all.flatMap((each) => [
        line(`${each.target.name}, held by ${holdersText(each.holders)}`, 2),
        line(shortestText(each), 6),
      ]),
      2 * most,
      (more) => `  and ${Math.ceil(more / 2)} more; --out paths.html has all`,
    );
  return [
    line(titleOf(report), 0),
    ...(opened
      ? [
          "",
          ...(opened.length === 0
            ? [nothingOpened]
            : [`${openedHeading}:`, ...opened.flatMap((each) => [line(openedText(each), 2), line(each.by.how, 6)])]),
        ]
      : []),
    ...(asked
      ? asked.flatMap((each) => ["", ...askedLines(each, line)])
      : [
          "",
          ...controlParts(paths).flatMap(([heading, who]) => [
            `${heading}:`,
            ...who.map((each) => line(controlText(each), 2)),
            "",
          ]),
          ...(tierZero.length === 0
            ? [noTierZero]
            : ["Tier 0: its roles, their holders, and the shortest path of any other party:", ...targets(tierZero)]),
          "",
          "API roles, their holders, and the shortest path of any other party:",
          ...targets(roles),
        ]),
  ].join("\n");
}

function askedLines({ target, all }: AskedPaths, line: (text: string, indent: number) => string): string[] {
  const steps = (path: readonly Step[]) => path.map((step, index) => line(`${index + 1}. ${stepText(step)}`, 6));
  return [
    line(`${all.length} ${all.length === 1 ? "party reaches" : "parties reach"} ${target.name}:`, 0),
    ...all.flatMap((path) => [line(pathText(path), 2), ...steps(path)]),
  ];
}
