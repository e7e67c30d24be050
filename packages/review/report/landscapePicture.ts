import { instance } from "@viz-js/viz";
import { colours } from "./colours";

/** A call as an arrow. */
export interface Arrow {
  readonly caller: string;
  readonly api: string;
  /** The declared app roles; empty for a call that must be refused. */
  readonly roles: readonly string[];
  /** Whether the call differs from its declaration. Default: it was not tried. */
  readonly wrong?: boolean;
  /** Whether the change adds or removes it. Default: neither. */
  readonly state?: "added" | "removed";
}

/** Graphviz needs seconds for a picture with 300 arrows, and more than ten minutes for one with 1,200. */
export const mostArrows = 200;

/** Why a landscape is not drawn. */
export const tooManyArrows = (arrows: number): string =>
  `it would have ${arrows} arrows, more than ${mostArrows}. \`npm run review -- --out review.html\` draws how groups of services call each other`;

/**
 * The landscape as an SVG picture, in colours for light and dark backgrounds.
 *
 * @param arrows at most {@link mostArrows}
 * @param labels what boxes show instead of their names
 * @param dangerous the boxes that are red
 */
export async function landscapePicture(
  services: readonly string[],
  arrows: readonly Arrow[],
  labels: ReadonlyMap<string, string> = new Map(),
  dangerous: ReadonlySet<string> = new Set(),
): Promise<string> {
  const viz = await instance();
  const svg = viz.renderString(
    {
      graphAttributes: { rankdir: "LR", bgcolor: "transparent", nodesep: 0.3, ranksep: 0.7 },
      nodeAttributes: { shape: "box", style: "rounded", fontname: "Helvetica", fontsize: 13, margin: "0.2,0.12" },
      edgeAttributes: { fontname: "Helvetica", fontsize: 11 },
      nodes: [...new Set([...services, ...arrows.flatMap(({ caller, api }) => [caller, api])])].map((name) => ({
        name,
        attributes: {
          label: literal(labels.get(name) ?? name),
          ...(dangerous.has(name) ? { class: "dangerous" } : {}),
        },
      })),
      edges: arrows.map((arrow) => ({
        tail: arrow.caller,
        head: arrow.api,
        attributes: { class: kindOf(arrow), label: ` ${labelOf(arrow.roles)}` },
      })),
    },
    { format: "svg" },
  );
  return svg.replace(/<svg[^>]*>/, (start) => `${start}\n<style>${colours}${style}</style>`);
}

const kindOf = ({ wrong, state }: Arrow): string =>
  wrong ? "wrong" : (state ?? (wrong === false ? "proved" : "granted"));

/** Graphviz interprets a backslash in a label as an escape. */
const literal = (text: string): string => text.replaceAll("\\", "\\\\");

const mostRoles = 4;

function labelOf(roles: readonly string[]): string {
  if (roles.length === 0) return "not declared";
  const more = roles.length - mostRoles;
  return [...roles.slice(0, mostRoles).map(literal), ...(more > 0 ? [`and ${more} more`] : [])].join("\n ");
}

/** Graphviz writes colours as attributes, which a style replaces. Added access is not green: it needs attention. */
const style = `
.node path { stroke: var(--faint); } .node text { fill: var(--ink); }
.node.dangerous path { stroke: var(--bad); stroke-width: 2; } .node.dangerous text { fill: var(--bad); }
.edge { --arrow: var(--faint); } .edge.proved { --arrow: var(--good); } .edge.wrong { --arrow: var(--bad); } .edge.added { --arrow: var(--look); }
.edge path { stroke: var(--arrow); } .edge polygon { stroke: var(--arrow); fill: var(--arrow); } .edge text { fill: var(--arrow); }
.edge.added path { stroke-width: 3; } .edge.removed path { stroke-dasharray: 5 3; } .edge.wrong path { stroke-width: 2; }
`;
