import type { AccessModel } from "../accessModel";
import { keyOf } from "../subject";
import { withNames } from "./clusterNames";

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
  const calls = new Map(grants.map(({ caller, api }) => [keyOf(caller, api), [caller, api] as const]));
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
  return shown.length < groups.length ? [...named, { name: `${unlinked.length} others`, services: unlinked }] : named;
}

interface Group {
  readonly members: string[];
  /** The number of calls from and to its members; calls within the cluster count twice. */
  calls: number;
  /** The calls between this and another cluster, by the other's key. */
  readonly links: Map<string, number>;
  /** The linked cluster with the highest gain if both are joined. Absent if it must be determined again. */
  partner?: Partner | undefined;
}

interface Partner {
  readonly key: string;
  readonly gain: number;
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

/** The two clusters to join next; `undefined` if joining no longer helps and all fit into the picture. */
function bestPair(clusters: Groups, total: number): [string, string] | undefined {
  let best: [string, string] | undefined;
  let bestGain = clusters.size > most ? Number.NEGATIVE_INFINITY : 0;
  for (const [key, group] of clusters) {
    group.partner ??= partnerOf(group, clusters, total);
    if (group.partner.gain <= bestGain) continue;
    best = [key, group.partner.key];
    bestGain = group.partner.gain;
  }
  return best;
}

function partnerOf({ calls, links }: Group, clusters: Groups, total: number): Partner {
  let best: Partner = { key: "", gain: Number.NEGATIVE_INFINITY };
  for (const [key, between] of links) {
    const gain = between - (calls * (clusters.get(key)?.calls ?? 0)) / total;
    if (gain > best.gain) best = { key, gain };
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
  group.partner = undefined;
  for (const otherKey of group.links.keys()) {
    const other = clusters.get(otherKey);
    if (other) other.partner = undefined;
  }
}

function callCounts(calls: Iterable<readonly [string, string]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pair of calls) for (const name of pair) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
