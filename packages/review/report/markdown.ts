import type { Grant } from "../accessModel";
import type { Review } from "../review";
import { type Finding, severities } from "../rule";
import { keyOf } from "../subject";
import { capped } from "./capped";
import { changeLines } from "./changeLines";
import { pageOfRule, type ReportContext } from "./context";
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
    `Judged by ${today}${base ? `, against ${inText(base)}` : ""}: ${countsOf(shown, change ? "new " : "")}${waived.length > 0 ? `, ${waived.length} waived` : ""}.${whole ? ` [The whole review](${whole})` : ""}`,
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

/** The pairs of services whose grants change, with the roles after the change and the removed ones. */
function picture({ model, change }: Review, most: number): string[] {
  const pairOf = ({ caller, api }: Pick<Grant, "caller" | "api">) => keyOf(caller, api);
  const { added = [], removed = [] } = change?.grants ?? {};
  const changed = new Set([...added, ...removed].map(pairOf));
  const shown = [...model.grants, ...removed].filter((grant) => !change || changed.has(pairOf(grant)));
  const pairs = grouped(shown, pairOf);
  if (pairs.size === 0) return [];
  const ids = new Map<string, string>();
  const node = (name: string) => {
    const id = ids.get(name) ?? `n${ids.size}`;
    ids.set(name, id);
    return `${id}["${inMermaid(name)}"]`;
  };
  const isNew = new Set(added);
  const isGone = new Set(removed);
  const arrows = [...pairs.values()].slice(0, most).map((grants) => {
    const [{ caller, api }] = grants as [Grant, ...Grant[]];
    const label = grants
      .map((grant) => `${inMermaid(grant.role)}${isNew.has(grant) ? " (new)" : isGone.has(grant) ? " (removed)" : ""}`)
      .join("<br>");
    const held = grants.some((grant) => !isGone.has(grant));
    return `  ${node(caller)} ${held ? "-->" : "-.->"}|"${label}"| ${node(api)}`;
  });
  return ["", "```mermaid", "flowchart LR", ...arrows, "```"];
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

/** Plain text: no mention, image, link or HTML. */
export const inText = (text: string): string =>
  visible(text)
    .replaceAll(/[\\`*_{}[\]()#+!|<>~$&]/g, (character) => `&#${character.codePointAt(0)};`)
    // Mentions, issue numbers and addresses become links without any markup.
    .replaceAll("@", "&#64;")
    .replaceAll("://", ":&#47;&#47;")
    .replaceAll(/\bwww\./gi, "www&#46;");

const inCell = (text: string): string => inText(text);

const code = (text: string): string => `\`${visible(text).replaceAll("`", "'").replaceAll("|", "¦")}\``;

const inMermaid = (text: string): string =>
  visible(text).replaceAll(/[^\p{L}\p{N} ._:/()→-]/gu, (character) => `#${character.codePointAt(0)};`);
