import type { AccessModel } from "../accessModel";
import type { AttackGraph } from "../paths/attackGraph";
import { type PathNode, partyNode } from "../paths/node";
import { isServiceAccount } from "../serviceAccount";

/** Nodes with the same kinds of steps, from and to nodes of the same classes. A picture shows them as one box. */
export interface PathClass {
  readonly name: string;
  /** For example `services`. */
  readonly kind: string;
  readonly nodes: readonly PathNode[];
}

/** As many boxes are readable in a picture. */
const mostBoxes = 30;

/** The classes of the nodes that have steps. If there are few nodes, and for roles of tier 0, each is alone in its class. */
export function pathClasses(graph: AttackGraph, model: AccessModel): PathClass[] {
  const nodes = [...graph.nodes.values()].filter((node) => graph.from(node).length > 0 || graph.to(node).length > 0);
  const kindOf = kindsIn(model);
  if (nodes.length <= mostBoxes) return nodes.map((node) => ({ name: node.key, kind: kindOf(node), nodes: [node] }));
  let classes = new Map(nodes.map((node) => [node.key, node.tierZero ? node.key : kindOf(node)]));
  // Each round splits classes, so it ends when their number stays the same.
  for (let count = 0; count < new Set(classes.values()).size; ) {
    count = new Set(classes.values()).size;
    const names = new Map<string, string>();
    const classOf = (key: string) => classes.get(key) ?? "";
    const signatureOf = (node: PathNode) => {
      // Held roles are left out: they would put each service into its own class, and are drawn elsewhere.
      if (isOrdinaryRole(node)) return kindOf(node);
      const next = new Set(graph.from(node).map(({ kind, to }) => `> ${kind} ${classOf(to.key)}`));
      const last = new Set(graph.to(node).map(({ kind, from }) => `< ${kind} ${classOf(from.key)}`));
      return [classOf(node.key), ...[...next, ...last].sort()].join("\n");
    };
    classes = new Map(
      nodes.map((node) => {
        const signature = signatureOf(node);
        const name = names.get(signature) ?? `${names.size}`;
        names.set(signature, name);
        return [node.key, name];
      }),
    );
  }
  const members = new Map<string, PathNode[]>();
  for (const node of nodes) {
    const name = classes.get(node.key) ?? "";
    members.set(name, [...(members.get(name) ?? []), node]);
  }
  return [...members].map(([name, of]) => ({ name, kind: kindOf(of[0] as PathNode), nodes: of }));
}

const isOrdinaryRole = ({ kind, tierZero }: PathNode): boolean => kind === "API role" && !tierZero;

function kindsIn({ services, identities, groups = [] }: AccessModel): (node: PathNode) => string {
  const kinds = new Map([
    ...services.map((name) => [partyNode(name).key, "services"] as const),
    ...identities.map((name) => [partyNode(name).key, "managed identities"] as const),
    ...groups.map((name) => [partyNode(name).key, "groups"] as const),
  ]);
  return ({ key, kind, issuer, name }) => {
    if (kind === "party") return kinds.get(key) ?? "others";
    if (kind === "subject") return isServiceAccount(`${issuer}: ${name}`) ? "service accounts" : "subjects";
    return kind === "vault" ? "vaults" : `${kind}s`;
  };
}
