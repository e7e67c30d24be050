import type { PathNode } from "./node";
import { keyOfStep, type Step } from "./step";

/** The graph that attack paths run through: nodes, and the steps between them. */
export class AttackGraph {
  /** One for each pair of nodes, in the order in which they were found. */
  readonly steps: readonly Step[];
  readonly nodes: ReadonlyMap<string, PathNode>;
  private readonly outgoing = new Map<string, Step[]>();
  private readonly incoming = new Map<string, Step[]>();

  /** @param more nodes to which no step may lead */
  constructor(steps: readonly Step[], more: readonly PathNode[] = []) {
    this.steps = [...new Map(steps.toReversed().map((step) => [keyOfStep(step), step])).values()]
      .reverse()
      .filter(({ from, to }) => from.key !== to.key);
    const nodes = new Map(more.map((node) => [node.key, node]));
    for (const step of this.steps) {
      for (const node of [step.from, step.to]) if (!nodes.has(node.key)) nodes.set(node.key, node);
      push(this.outgoing, step.from.key, step);
      push(this.incoming, step.to.key, step);
    }
    this.nodes = nodes;
  }

  from({ key }: Pick<PathNode, "key">): readonly Step[] {
    return this.outgoing.get(key) ?? [];
  }

  to({ key }: Pick<PathNode, "key">): readonly Step[] {
    return this.incoming.get(key) ?? [];
  }
}

const push = (all: Map<string, Step[]>, key: string, step: Step): void => {
  const known = all.get(key);
  if (known) known.push(step);
  else all.set(key, [step]);
};
