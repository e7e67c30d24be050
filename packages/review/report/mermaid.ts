import { visible } from "./visible";

export interface MermaidArrow {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
  /** Default false. */
  readonly dashed?: boolean;
}

/** A flowchart in a block of Markdown. @param nameOf what a box shows instead of its name */
export function flowchart(
  arrows: readonly MermaidArrow[],
  nameOf: (name: string) => string = (name) => name,
): string[] {
  const ids = new Map<string, string>();
  const node = (name: string) => {
    const id = ids.get(name) ?? `n${ids.size}`;
    ids.set(name, id);
    return `${id}["${nameOf(name).split("\n").map(inMermaid).join("<br>")}"]`;
  };
  const lines = arrows.map(
    ({ from, to, labels, dashed }) =>
      `  ${node(from)} ${dashed ? "-.->" : "-->"}|"${labels.map(inMermaid).join("<br>")}"| ${node(to)}`,
  );
  return ["```mermaid", "flowchart LR", ...lines, "```"];
}

const inMermaid = (text: string): string =>
  visible(text).replaceAll(/[^\p{L}\p{N} ._:/()→-]/gu, (character) => `#${character.codePointAt(0)};`);
