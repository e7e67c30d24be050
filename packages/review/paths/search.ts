import type { AttackGraph } from "./attackGraph";
import type { PathNode } from "./node";
import type { Step } from "./step";

/** The nodes that one node reaches, nearest first, with a shortest path to each. */
export class Reached {
  constructor(private readonly steps: ReadonlyMap<string, Step | undefined>) {}

  has({ key }: Pick<PathNode, "key">): boolean {
    return this.steps.has(key);
  }

  /** The reached nodes but the first, nearest first. */
  get nodes(): readonly PathNode[] {
    return [...this.steps.values()].flatMap((step) => (step ? [step.to] : []));
  }

  /** A shortest path; empty for the first node, `undefined` for one that is not reached. */
  pathTo({ key }: Pick<PathNode, "key">): Step[] | undefined {
    if (!this.steps.has(key)) return undefined;
    const path: Step[] = [];
    for (let step = this.steps.get(key); step; step = this.steps.get(step.from.key)) path.unshift(step);
    return path;
  }
}

/** Breadth first, so that the first path to a node is a shortest one. */
export function reachedFrom(graph: AttackGraph, start: PathNode): Reached {
  const steps = new Map<string, Step | undefined>([[start.key, undefined]]);
  // The map grows during the loop, which ends when no new node is found.
  for (const [key] of steps)
    for (const step of graph.from({ key })) if (!steps.has(step.to.key)) steps.set(step.to.key, step);
  return new Reached(steps);
}

/** Everybody and everything from which one of the nodes can be reached, these included. */
export function reaching(graph: AttackGraph, targets: Iterable<PathNode>): ReadonlyMap<string, PathNode> {
  const found = new Map([...targets].map((node) => [node.key, node]));
  for (const [, node] of found)
    for (const { from } of graph.to(node)) if (!found.has(from.key)) found.set(from.key, from);
  return found;
}
