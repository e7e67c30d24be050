import type { Import } from "./imports";

/** @returns one shortest cycle for each group of files that import each other; type-only imports do not count */
export function cyclesIn(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, target, isTypeOnly } of imports)
    if (target.kind === "file" && !isTypeOnly) targets.set(from, [...(targets.get(from) ?? []), target.file]);
  const inCycle = new Set<string>();
  const cycles: string[][] = [];
  for (const file of [...targets.keys()].sort()) {
    if (inCycle.has(file)) continue;
    const cycle = shortestCycle(file, targets);
    for (const each of cycle) inCycle.add(each);
    if (cycle.length > 0) cycles.push(cycle);
  }
  return cycles;
}

/** Searches breadth first, so the first path back to the start is a shortest one. */
function shortestCycle(start: string, targets: ReadonlyMap<string, readonly string[]>): string[] {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const target of targets.get(file) ?? []) {
      if (target === start) return wayTo(file, start, cameFrom);
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return [];
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way: string[] = [];
  for (let file: string | undefined = end; file !== undefined && file !== start; file = cameFrom.get(file))
    way.unshift(file);
  return [start, ...way];
}
