import fc from "fast-check";
import { AttackGraph } from "../paths/attackGraph";
import { type PathNode, partyNode } from "../paths/node";
import { reachedFrom, reaching } from "../paths/search";
import type { Step } from "../paths/step";

// What these tests cannot prove: that the right steps exist between real parties.

const size = 7;
const nodes = Array.from({ length: size }, (_, index) => partyNode(`n${index}`));
const [start] = nodes as [PathNode, ...PathNode[]];
const node = fc.integer({ min: 0, max: size - 1 }).map((index) => nodes[index] as PathNode);
const step = fc.tuple(node, node).map(([from, to]): Step => ({ kind: "owns", from, to, how: "", resource: "" }));
const steps = fc.array(step, { maxLength: 16 });

const lengths = (of: readonly Step[]): (number | undefined)[] => {
  const reached = reachedFrom(new AttackGraph(of), start);
  return nodes.map((each) => reached.pathTo(each)?.length);
};

/** The length of the shortest path. It tries every path without repeated nodes, which is slow but simple. */
function shortest(of: readonly Step[], from: PathNode, to: PathNode, visited: readonly string[] = []): number {
  if (from.key === to.key) return 0;
  const next = of.filter((each) => each.from.key === from.key && !visited.includes(each.to.key));
  return Math.min(
    ...next.map((each) => 1 + shortest(of, each.to, to, [...visited, from.key])),
    Number.POSITIVE_INFINITY,
  );
}

describe("the search for paths", () => {
  it("finds a shortest path if there is a path", () => {
    fc.assert(
      fc.property(steps, (given) => {
        expect(lengths(given).map((length) => length ?? Number.POSITIVE_INFINITY)).toEqual(
          nodes.map((each) => shortest(given, start, each)),
        );
      }),
    );
  });

  it("finds paths of existing, consecutive steps that visit no node twice", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const reached = reachedFrom(new AttackGraph(given), start);
        for (const target of nodes) {
          const path = reached.pathTo(target);
          if (!path) continue;
          const met = [start.key, ...path.map(({ to }) => to.key)];
          expect(path.map(({ from }) => from.key)).toEqual(met.slice(0, -1));
          expect(met.at(-1)).toBe(target.key);
          expect(new Set(met).size).toBe(met.length);
          for (const each of path)
            expect(given.some(({ from, to }) => from.key === each.from.key && to.key === each.to.key)).toBe(true);
        }
      }),
    );
  });

  it("never finds a longer path because of an additional step, and never a new path because of a missing one", () => {
    fc.assert(
      fc.property(steps, step, (given, more) => {
        const [less, all] = [lengths(given), lengths([...given, more])];
        for (const [index, length] of less.entries())
          if (length !== undefined) expect(all[index]).toBeLessThanOrEqual(length);
      }),
    );
  });

  it("finds paths of the same length in any order of the steps", () => {
    fc.assert(
      fc.property(steps, (given) => {
        expect(lengths(given.toReversed())).toEqual(lengths(given));
      }),
    );
  });

  it("finds exactly the nodes from which a path leads to a node", () => {
    fc.assert(
      fc.property(steps, node, (given, target) => {
        const graph = new AttackGraph(given);
        const found = nodes.filter((each) => reaching(graph, [target]).has(each.key));
        expect(found).toEqual(nodes.filter((each) => reachedFrom(graph, each).has(target)));
      }),
    );
  });
});
