import type { AccessModel } from "../accessModel";
import { visible } from "./visible";

/** Services that call each other more than they call others. */
export interface Cluster {
  /** Unique: first words of its services' names, such as `payments: 12 services`; otherwise its service with the most calls. */
  readonly name: string;
  /** Sorted by name. */
  readonly services: readonly string[];
}

/** More boxes than these are unreadable in one picture. */
const most = 16;

/**
 * Groups a landscape into at most 16 clusters, the largest first. Every service, and every API outside of the landscape, is in one.
 *
 * The method is greedy modularity: at first each service is alone, and in each step the two clusters are joined that share the most
 * calls beyond what their numbers of calls would give by chance. https://arxiv.org/abs/cond-mat/0408187
 */
export function clustersIn({ services, grants }: Pick<AccessModel, "services" | "grants">): Cluster[] {
  const clusters = new Map<string, Group>();
  for (const name of [...services, ...grants.flatMap(({ caller, api }) => [caller, api])])
    clusters.set(name, clusters.get(name) ?? { members: [name], calls: 0, links: new Map() });
  const calls = new Map(grants.map(({ caller, api }) => [JSON.stringify([caller, api]), [caller, api] as const]));
  for (const [caller, api] of calls.values()) if (caller !== api) link(clusters, caller, api);
  const total = [...clusters.values()].reduce((sum, group) => sum + group.calls, 0);
  for (let pair = bestPair(clusters, total); pair; pair = bestPair(clusters, total)) join(clusters, ...pair);
  const groups = [...clusters.values()]
    .map(({ members }) => members.toSorted())
    .sort((one, other) => other.length - one.length || ((one[0] ?? "") < (other[0] ?? "") ? -1 : 1));
  // Clusters without calls between them cannot be joined by calls.
  const unlinked = groups
    .slice(most - 1)
    .flat()
    .sort();
  const shown = groups.length > most ? groups.slice(0, most - 1) : groups;
  const callsOf = callCounts(calls.values());
  const named = withNames(shown, callsOf);
  return shown.length < groups.length ? [...named, { name: "others", services: unlinked }] : named;
}

interface Group {
  readonly members: string[];
  /** From and to its members, calls within it twice. */
  calls: number;
  /** The calls between this and another cluster, by the other's key. */
  readonly links: Map<string, number>;
}

type Groups = Map<string, Group>;

function link(clusters: Groups, one: string, other: string): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const group = clusters.get(from);
    if (!group) continue;
    group.calls++;
    group.links.set(to, (group.links.get(to) ?? 0) + 1);
  }
}

/** The two clusters to join next; nothing when joining no longer helps and the picture has room for all. */
function bestPair(clusters: Groups, total: number): [string, string] | undefined {
  let best: [string, string] | undefined;
  let bestGain = clusters.size > most ? Number.NEGATIVE_INFINITY : 0;
  for (const [key, group] of clusters)
    for (const [otherKey, calls] of group.links) {
      const gain = calls - (group.calls * (clusters.get(otherKey)?.calls ?? 0)) / total;
      if (gain <= bestGain) continue;
      best = [key, otherKey];
      bestGain = gain;
    }
  return best;
}

function join(clusters: Groups, key: string, joinedKey: string): void {
  const [group, joined] = [clusters.get(key), clusters.get(joinedKey)];
  if (!group || !joined) return;
  group.members.push(...joined.members);
  group.calls += joined.calls;
  clusters.delete(joinedKey);
  for (const [otherKey, calls] of joined.links) {
    const other = clusters.get(otherKey);
    other?.links.delete(joinedKey);
    if (!other || otherKey === key) continue;
    const sum = (group.links.get(otherKey) ?? 0) + calls;
    group.links.set(otherKey, sum);
    other.links.set(key, sum);
  }
  group.links.delete(joinedKey);
}

function callCounts(calls: Iterable<readonly [string, string]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pair of calls) for (const name of pair) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function withNames(groups: readonly (readonly string[])[], callsOf: ReadonlyMap<string, number>): Cluster[] {
  const words = groups.map(commonWords);
  return groups.map((services, index) => {
    const own = words[index];
    const isUnique = own !== undefined && words.filter((each) => each === own).length === 1;
    const busiest = services.reduce((one, other) =>
      (callsOf.get(other) ?? 0) > (callsOf.get(one) ?? 0) ? other : one,
    );
    const rest = services.length === 1 ? "" : ` and ${services.length - 1} more`;
    return { name: isUnique ? `${visible(own)}: ${services.length} services` : `${visible(busiest)}${rest}`, services };
  });
}

/** The first words of nearly all names, as `payments, refunds` for `payments-api-prod` and others; nothing if more than three are needed. */
function commonWords(services: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of services) {
    const word = /^[^-_. ]+/.exec(name)?.[0] ?? name;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const common = [...counts].filter(([, count]) => count >= leastAlike).sort(([, one], [, other]) => other - one);
  const shown = common.slice(0, 3);
  const covered = shown.reduce((sum, [, count]) => sum + count, 0);
  return covered >= services.length * leastCovered ? shown.map(([word]) => word).join(", ") : undefined;
}

/** Two names with the same first word may be a coincidence. */
const leastAlike = 3;
const leastCovered = 0.75;
