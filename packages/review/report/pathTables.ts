import type { AttackPaths, Control, TargetPaths } from "../paths/attackPaths";
import { pathText, type Step, stepText } from "../paths/step";
import { table } from "./htmlTable";
import { escaped } from "./page";
import { controlParts, noTierZero } from "./pathsReport";

/** In a landscape of a thousand services, many roles are reached only by parties that control everything. */
const mostRoles = 2000;

/** The shortest path to each API role and to tier 0. */
export function pathTables(paths: AttackPaths): string[] {
  const { tierZero, roles } = paths;
  return [
    ...controlParts(paths).map(
      ([heading, who]) =>
        `<p>${heading}:</p><ul>${who.map((each) => `<li>${escaped(controlText(each))}</li>`).join("")}</ul>`,
    ),
    tierZero.length === 0
      ? `<p>${noTierZero}</p>`
      : table(["tier 0", "held by", "shortest path of another party"], tierZero.map(rowOf), "filtered paths"),
    table(
      ["API role", "held by", "shortest path of another party"],
      roles.slice(0, mostRoles).map(rowOf),
      "filtered paths",
    ),
    ...(roles.length > mostRoles ? [`<p>And ${roles.length - mostRoles} more.</p>`] : []),
  ];
}

export const controlText = ({ who, example, roles }: Control): string =>
  `${who} (${pathText(example)}; ${roles} API ${roles === 1 ? "role" : "roles"})`;

const mostHolders = 3;

/** At most three names. */
export const holdersText = (holders: readonly string[]): string =>
  holders.length === 0
    ? "nobody"
    : `${holders.slice(0, mostHolders).join(", ")}${holders.length > mostHolders ? ` and ${holders.length - mostHolders} more` : ""}`;

/** The shortest path, and how many others there are. */
export const shortestText = ({ shortest, others, holders }: TargetPaths): string => {
  if (!shortest) return holders.length > 0 ? "nobody else reaches it" : "nobody reaches it";
  return `${pathText(shortest)}${others === 0 ? "" : ` (and ${others} ${others === 1 ? "other" : "others"})`}`;
};

const rowOf = (each: TargetPaths): string[] => [
  escaped(each.target.name),
  escaped(holdersText(each.holders)),
  `${escaped(shortestText(each))}${each.shortest && !each.byControl ? howText(each.shortest) : ""}`,
];

/** A sentence for each step. The steps of the parties that control everything are all alike. */
const howText = (steps: readonly Step[]): string =>
  `<details><summary>How</summary><ol>${steps.map((step) => `<li>${escaped(stepText(step))}</li>`).join("")}</ol></details>`;
