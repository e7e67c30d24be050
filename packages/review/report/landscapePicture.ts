import { instance } from "@viz-js/viz";

/** A call as an arrow. */
export interface Arrow {
  readonly caller: string;
  readonly api: string;
  /** The declared app roles; empty for a call that must be refused. */
  readonly roles: readonly string[];
  /** Whether the call differs from its declaration. Default false. */
  readonly wrong?: boolean;
  /** Whether the change adds or removes it. Default: neither. */
  readonly state?: "added" | "removed";
}

const ink = "#76869a";
const good = "#359168";
const bad = "#d9473a";
/** Added access is not green: it needs attention. */
const changed = "#c2700a";

/** The landscape as an SVG picture, in colours for light and dark backgrounds. */
export async function landscapePicture(services: readonly string[], arrows: readonly Arrow[]): Promise<string> {
  const viz = await instance();
  return viz.renderString(
    {
      graphAttributes: { rankdir: "LR", bgcolor: "transparent", nodesep: 0.45, ranksep: 1.1 },
      nodeAttributes: {
        shape: "box",
        style: "rounded",
        fontname: "Helvetica",
        fontsize: 13,
        margin: "0.2,0.12",
        color: ink,
        fontcolor: ink,
      },
      edgeAttributes: { fontname: "Helvetica", fontsize: 10, color: good, fontcolor: good },
      nodes: services.map((name) => ({ name })),
      edges: arrows.map(({ caller, api, roles, wrong, state }) => ({
        tail: caller,
        head: api,
        attributes: {
          label: ` ${roles.join("\n ") || "not declared"}`,
          ...(wrong ? { color: bad, fontcolor: bad, style: "bold" } : {}),
          ...(state === "added" ? { color: changed, fontcolor: changed, style: "bold", penwidth: 3 } : {}),
          ...(state === "removed" ? { color: ink, fontcolor: ink, style: "dashed" } : {}),
        },
      })),
    },
    { format: "svg" },
  );
}
