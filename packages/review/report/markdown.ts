import type { Review } from "../review";
import { capped } from "./capped";
import { changeLines } from "./text";

/** By this line a pipeline finds its own comment again, to update it. */
export const marker = "<!-- access review -->";

/** For a comment on a pull request. */
export function reviewMarkdown({ model, change, findings, waived, newFindings }: Review): string {
  const shown = change ? newFindings : findings;
  const added = new Set(change?.grants.added.map(({ caller, api }) => `${caller} ${api}`));
  const pairs = new Map<string, string[]>();
  const { grants } = model;
  for (const { caller, api, role } of [...grants, ...(change?.grants.removed ?? [])]) {
    const key = `${caller} ${api}`;
    if (change && !added.has(key) && !change.grants.removed.some((gone) => `${gone.caller} ${gone.api}` === key))
      continue;
    pairs.set(key, [...(pairs.get(key) ?? []), role]);
  }
  const isGone = (caller: string, api: string) => !grants.some((grant) => grant.caller === caller && grant.api === api);
  const arrows = [...pairs].map(([key, roles]) => {
    const [caller = "", api = ""] = key.split(" ");
    const label = [...new Set(roles), ...(isGone(caller, api) ? ["(removed)"] : [])].join("<br>");
    return `  ${idOf(caller)}["${caller}"] ${isGone(caller, api) ? "-.->" : "-->"}|"${label}"| ${idOf(api)}["${api}"]`;
  });
  return [
    marker,
    "## Access review",
    "",
    ...(change
      ? ["```diff", ...capped(changeLines(change), most).map(inCodeBlock), "```"]
      : capped(
          grants.map(({ caller, api, role, because = "" }) => `- ${caller} → ${api} \`${role}\`: ${because}`),
          most,
        )),
    ...(arrows.length > 0 ? ["", "```mermaid", "flowchart LR", ...arrows.slice(0, most), "```"] : []),
    "",
    shown.length === 0 ? `No ${change ? "new " : ""}findings.` : `### ${shown.length} ${change ? "new " : ""}findings`,
    ...(shown.length === 0 ? [] : ["", "| severity | what | rule | remedy |", "| --- | --- | --- | --- |"]),
    ...shown
      .slice(0, most)
      .map(
        ({ severity, subject, message, rule, remedy }) =>
          `| ${severity} | ${inCell(`${subject} ${message}`)} | \`${rule}\` | ${inCell(remedy)} |`,
      ),
    ...(shown.length > most ? ["", `And ${shown.length - most} more.`] : []),
    ...(waived.length === 0 ? [] : ["", `### ${waived.length} waived`, ""]),
    ...waived.map(
      ({ subject, message, waiver: { until, owner, reason } }) =>
        `- ${subject} ${message}: until ${until} by ${owner}, ${reason}`,
    ),
    "",
  ].join("\n");
}

/** A comment on GitHub holds 65,536 characters: of each kind so many lines, and how many more there are. */
const most = 100;

/** A reason is somebody's prose: it must not end the block that it stands in. */
const inCodeBlock = (line: string): string => line.replaceAll(/\s+/g, " ").replaceAll("`", "'");

const inCell = (text: string): string => text.replaceAll("|", "\\|");

const idOf = (service: string): string => service.replaceAll(/[^A-Za-z0-9]/g, "_");
