import type { Grant } from "../accessModel";
import { capped } from "../capped";
import type { Review } from "../review";
import { type Finding, severities } from "../rule";
import { keyOf } from "../subject";
import { changeLines } from "./changeLines";
import { pageOfRule, type ReportContext } from "./context";
import { inText } from "./inMarkdown";
import { flowchart } from "./mermaid";
import { openedPicture } from "./pathPictures";
import { chartOf } from "./pathsMarkdown";
import { usageSentence } from "./usageSentence";
import { visible } from "./visible";

/** The first line of the comment, by which a pipeline finds and updates its own comment. */
export const marker = "<!-- access review -->";

/** GitHub's limit for a comment: https://github.com/orgs/community/discussions/27190 */
export const mostCharactersOnGitHub = 65_536;

/** A comment on a pull request: within the maximum length, the most important part first. */
export function reviewMarkdown(review: Review, context: ReportContext = {}): string {
  const { mostCharacters = mostCharactersOnGitHub } = context;
  // A maximum of lines for each kind, which is reduced until the comment fits.
  for (let most = 100; most > 1; most = Math.floor(most / 2)) {
    const text = written(review, context, most, 400);
    if (text.length <= mostCharacters) return text;
  }
  return written(review, context, 1, 200).slice(0, mostCharacters);
}

function written(review: Review, context: ReportContext, most: number, longest: number): string {
  const { stack, today, base, model, change, findings, waived, newFindings } = review;
  const shown = change ? newFindings : findings;
  const { linkOf = pageOfRule, placeOf, whole } = context;
  const cell = (text: string) => inCell(cut(text, longest));
  const more = (count: number) => `And ${count} more${whole ? `: see [the whole review](${whole})` : ""}.`;
  return [
    marker,
    `## Access review of ${inText(stack)}`,
    "",
    `On ${today}${base ? `, compared with ${inText(base)}` : ""}: ${countsOf(shown, change ? "new " : "")}${waived.length > 0 ? `, ${waived.length} waived` : ""}.${whole ? ` [The whole review](${whole})` : ""}`,
    "",
    ...(change
      ? [
          "### What the change does",
          "",
          "```diff",
          ...capped(
            changeLines(change).map((line) => inCodeBlock(cut(line, longest))),
            most,
          ),
          "```",
        ]
      : capped(
          model.grants.map(
            ({ caller, api, role, because = "" }) =>
              `- ${inText(caller)} → ${inText(api)} ${code(role)}: ${inText(cut(because, longest))}`,
          ),
          most,
        )),
    ...picture(review, most),
    ...openedChart(review),
    "",
    shown.length === 0 ? `No ${change ? "new " : ""}findings.` : `### ${shown.length} ${change ? "new " : ""}findings`,
    ...(shown.length === 0 ? [] : ["", "| severity | what | rule | remedy |", "| --- | --- | --- | --- |"]),
    ...shown.slice(0, most).map((finding) => {
      const { severity, subject, message, rule, remedy } = finding;
      const place = placeOf?.(finding);
      return `| ${severity} | ${cell(`${subject} ${message}`)}${place ? ` (${inCell(place)})` : ""} | [${code(rule)}](${linkOf(rule)}) | ${cell(remedy)} |`;
    }),
    ...(shown.length > most ? ["", more(shown.length - most)] : []),
    ...(waived.length === 0 ? [] : ["", `### ${waived.length} waived`, ""]),
    ...capped(
      waived.map(
        ({ subject, message, waiver: { until, owner, reason } }) =>
          `- ${inText(cut(`${subject} ${message}`, longest))}: until ${until} by ${inText(owner)}, ${inText(cut(reason, longest))}`,
      ),
      most,
    ),
    "",
    usageSentence(review),
    "",
  ].join("\n");
}

const countsOf = (findings: readonly Finding[], kind: string): string =>
  `${kind}findings: ${severities
    .toReversed()
    .map((severity) => `${findings.filter((finding) => finding.severity === severity).length} ${severity}`)
    .join(", ")}`;

/** The attack paths that the change opens. */
function openedChart({ change }: Review): string[] {
  const opened = openedPicture(change?.opened ?? []);
  return opened ? ["", ...chartOf(opened)] : [];
}

/** The pairs of services whose grants change, with the roles after the change and the removed ones. */
function picture({ model, change }: Review, most: number): string[] {
  const pairOf = ({ caller, api }: Pick<Grant, "caller" | "api">) => keyOf(caller, api);
  const { added = [], removed = [] } = change?.grants ?? {};
  const changed = new Set([...added, ...removed].map(pairOf));
  const shown = [...model.grants, ...removed].filter((grant) => !change || changed.has(pairOf(grant)));
  const pairs = grouped(shown, pairOf);
  if (pairs.size === 0) return [];
  const isNew = new Set(added);
  const isGone = new Set(removed);
  const arrows = [...pairs.values()].slice(0, most).map((grants) => {
    const [{ caller, api }] = grants as [Grant, ...Grant[]];
    const labels = grants.map(
      (grant) => `${grant.role}${isNew.has(grant) ? " (new)" : isGone.has(grant) ? " (removed)" : ""}`,
    );
    return { from: caller, to: api, labels, dashed: grants.every((grant) => isGone.has(grant)) };
  });
  return ["", ...flowchart(arrows)];
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** A reason is free text, and must not end the block that contains it. */
const inCodeBlock = (line: string): string => visible(line).replaceAll(/\s+/g, " ").replaceAll("`", "'");

const inCell = (text: string): string => inText(text);

const code = (text: string): string => `\`${visible(text).replaceAll("`", "'").replaceAll("|", "¦")}\``;
