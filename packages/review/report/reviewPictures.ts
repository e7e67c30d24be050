import { counted } from "@microservice-identities/validation/counted";
import type { AccessModel, Grant } from "../accessModel";
import type { AccessChange } from "../change";
import { keyOf } from "../subject";
import { type Cluster, clustersIn } from "./clusters";
import type { Arrow } from "./landscapePicture";
import { visible } from "./visible";

export interface Picture {
  readonly services: readonly string[];
  readonly arrows: readonly Arrow[];
  /** What boxes show instead of their names. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Plain text. */
  readonly caption: string;
}

/** A picture with more services or arrows than these is unreadable. */
const mostDrawn = 15;
const mostArrows = 30;

/** A change of more services is drawn without their other calls. */
const mostWithNeighbours = 8;

/** Neighbours of one service that are drawn by name. More become one box, otherwise the picture is wider than a screen. */
const mostNamed = 1;

const thickAndDashed = "What is new is drawn thick, what was removed is dashed.";

type Change = Pick<AccessChange, "grants">;

/** All services and all grants; nothing if the landscape is too large for one picture. */
export function wholePicture({ services, grants }: AccessModel, change: Change | undefined): Picture | undefined {
  const removed = change?.grants.removed ?? [];
  const all = [...grants, ...removed];
  const names = namesIn(all, services);
  const arrows = arrowsOf(all, change);
  if (names.length > mostDrawn || arrows.length > mostArrows) return undefined;
  const caption = `An arrow is a grant, with its app roles. ${change ? thickAndDashed : ""}`;
  return { services: names.map(visible), arrows, caption };
}

/**
 * The services whose grants change. A small change is drawn with their other callers and APIs; in a large one these would hide the change.
 *
 * @returns nothing if no grant changes
 */
export function changePicture({ grants }: AccessModel, change: Change): Picture | undefined {
  const changed = [...change.grants.added, ...change.grants.removed];
  const all = arrowsOf(changed, change);
  if (all.length === 0) return undefined;
  const pairOf = ({ caller, api }: Pick<Grant, "caller" | "api">) => keyOf(visible(caller), visible(api));
  const pairs = new Set(all.slice(0, mostArrows).map(pairOf));
  const drawn = changed.filter((grant) => pairs.has(pairOf(grant)));
  const touched = new Set(namesIn(drawn));
  const isSmall = touched.size <= mostWithNeighbours;
  const stays = grants.filter(
    (grant) => pairs.has(pairOf(grant)) || (isSmall && touched.has(grant.caller) && touched.has(grant.api)),
  );
  const { arrows, labels } = neighboursOf(isSmall ? touched : new Set(), grants);
  const what = isSmall
    ? "The services whose calls change, with their other callers and APIs."
    : "The calls that change.";
  const limit = all.length > mostArrows ? ` The first ${mostArrows} of ${all.length} are drawn.` : "";
  return {
    services: [...touched].map(visible),
    arrows: [...arrowsOf([...drawn, ...stays], change), ...arrows],
    labels,
    caption: `${what} ${thickAndDashed}${limit}`,
  };
}

/** Clusters of services; nothing if the landscape has only one. */
export function clusterPicture(model: AccessModel): (Picture & { readonly clusters: readonly Cluster[] }) | undefined {
  const clusters = clustersIn(model);
  if (clusters.length < 2) return undefined;
  const clusterOf = new Map(clusters.flatMap(({ name, services }) => services.map((service) => [service, name])));
  const counts = new Map<string, { caller: string; api: string; count: number }>();
  for (const grant of model.grants) {
    const [caller = "", api = ""] = [clusterOf.get(grant.caller), clusterOf.get(grant.api)];
    if (caller === api) continue;
    const key = keyOf(caller, api);
    counts.set(key, { caller, api, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const strongest = [...counts.values()].sort((one, other) => other.count - one.count);
  const shown = strongest.slice(0, mostClusterArrows);
  const omitted =
    shown.length < strongest.length
      ? ` Only the ${shown.length} of ${strongest.length} arrows with the most grants are drawn.`
      : "";
  return {
    clusters,
    services: clusters.map(({ name }) => name),
    labels: new Map(clusters.map(({ name }) => [name, name.replace(/(: | and )(?=\d+ \w+$)/, "$1\n")])),
    arrows: shown.map(({ caller, api, count }) => ({
      caller,
      api,
      roles: [`${count}`],
    })),
    caption: `Clusters: services that call each other more than they call others. The number at an arrow is that of the grants between two clusters.${omitted}`,
  };
}

const mostClusterArrows = 20;

const namesIn = (grants: readonly Grant[], more: readonly string[] = []): string[] => [
  ...new Set([...more, ...grants.flatMap(({ caller, api }) => [caller, api])]),
];

/** One arrow for each pair of services, with all its roles. */
function arrowsOf(grants: readonly Grant[], change: Change | undefined): Arrow[] {
  const isAdded = new Set((change?.grants.added ?? []).map(keyOfGrant));
  const isRemoved = new Set(change?.grants.removed);
  const pairs = new Map<string, { caller: string; api: string; roles: string[]; state?: "added" | "removed" }>();
  const drawn = new Set<string>();
  for (const grant of grants) {
    const state = isRemoved.has(grant) ? "removed" : isAdded.has(keyOfGrant(grant)) ? "added" : undefined;
    const [caller, api, role] = [grant.caller, grant.api, grant.role].map(visible) as [string, string, string];
    if (drawn.has(keyOf(caller, api, role, state ?? ""))) continue;
    drawn.add(keyOf(caller, api, role, state ?? ""));
    const pair = pairs.get(keyOf(caller, api)) ?? { caller, api, roles: [] };
    pair.roles.push(`${role}${state === "added" ? " (new)" : state === "removed" ? " (removed)" : ""}`);
    if (state && pair.state !== "added") pair.state = state;
    pairs.set(keyOf(caller, api), pair);
  }
  return [...pairs.values()];
}

const keyOfGrant = ({ caller, api, role }: Grant): string => keyOf(caller, api, role);

/** The unchanged calls from and to services: one neighbour by name, more as one box. */
function neighboursOf(services: ReadonlySet<string>, grants: readonly Grant[]) {
  const labels = new Map<string, string>();
  const arrows = [...services].flatMap((service): Arrow[] => {
    const callers = grants.filter(({ caller, api }) => api === service && !services.has(caller));
    const apis = grants.filter(({ caller, api }) => caller === service && !services.has(api));
    const [calling, called] = [new Set(callers.map(({ caller }) => caller)), new Set(apis.map(({ api }) => api))];
    const name = visible(service);
    const [others, otherApis] = [`callers of ${name}`, `APIs of ${name}`];
    if (calling.size > mostNamed) labels.set(others, `${calling.size} other callers`);
    if (called.size > mostNamed) labels.set(otherApis, `${called.size} other APIs`);
    return [
      ...(labels.has(others)
        ? [{ caller: others, api: name, roles: [countOf(callers.length)] }]
        : arrowsOf(callers, undefined)),
      ...(labels.has(otherApis)
        ? [{ caller: name, api: otherApis, roles: [countOf(apis.length)] }]
        : arrowsOf(apis, undefined)),
    ];
  });
  return { arrows, labels };
}

const countOf = (grants: number): string => counted(grants, "grant");
