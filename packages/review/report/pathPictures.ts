import type { AccessModel } from "../accessModel";
import type { AttackGraph } from "../paths/attackGraph";
import type { PathNode } from "../paths/node";
import type { OpenedPath } from "../paths/openedPaths";
import { keyOfStep, type Step } from "../paths/step";
import { keyOf } from "../subject";
import type { Arrow } from "./landscapePicture";
import { type PathClass, pathClasses } from "./pathClasses";
import type { Picture } from "./reviewPictures";
import { visible } from "./visible";

export interface PathPicture extends Picture {
  readonly labels: ReadonlyMap<string, string>;
  /** The boxes of tier 0. */
  readonly dangerous: ReadonlySet<string>;
}

/** More boxes are unreadable. */
const mostBoxes = 30;

/** More opened paths hide each other. */
const mostOpened = 6;

/** More names than these make a box larger than its picture. */
const mostNames = 3;

/** The attack paths: a box for all nodes with the same kinds of steps, so that it stays small with hundreds of services. */
export function graphPicture(graph: AttackGraph, model: AccessModel): PathPicture | undefined {
  const all = pathClasses(graph, model);
  if (all.length === 0) return undefined;
  const isDangerous = ({ nodes }: PathClass) => nodes.some(({ tierZero }) => tierZero);
  const shown = all
    .toSorted(
      (one, other) => Number(isDangerous(other)) - Number(isDangerous(one)) || other.nodes.length - one.nodes.length,
    )
    .slice(0, mostBoxes);
  const nameOf = uniqueNames(shown.map((each) => [each.name, labelOf(each)]));
  const classOf = new Map(shown.flatMap(({ name, nodes }) => nodes.map(({ key }) => [key, nameOf(name)])));
  const arrows = new Map<string, Arrow & { readonly roles: string[] }>();
  for (const { from, to, kind } of graph.steps) {
    const [caller, api] = [classOf.get(from.key), classOf.get(to.key)];
    if (caller === undefined || api === undefined) continue;
    const arrow = arrows.get(keyOf(caller, api)) ?? { caller, api, roles: [] };
    if (!arrow.roles.includes(kind)) arrow.roles.push(kind);
    arrows.set(keyOf(caller, api), arrow);
  }
  const cut = shown.length < all.length ? ` ${all.length - shown.length} boxes are left out.` : "";
  return {
    services: shown.map(({ name }) => nameOf(name)),
    arrows: [...arrows.values()],
    labels: new Map(shown.map((each) => [nameOf(each.name), labelOf(each)])),
    dangerous: new Set(shown.filter(isDangerous).map(({ name }) => nameOf(name))),
    caption: `Who could act as whom. Parties with the same steps share a box; tier 0 is red.${cut}`,
  };
}

/** The paths that a change opens. */
export function openedPicture(opened: readonly OpenedPath[]): PathPicture | undefined {
  if (opened.length === 0) return undefined;
  const shown = opened.slice(0, mostOpened);
  const openers = new Set(shown.map(({ by }) => keyOfStep(by)));
  const cut = shown.length < opened.length ? ` The first ${shown.length} of ${opened.length} are drawn.` : "";
  return {
    ...stepsPicture(
      shown.flatMap(({ steps }) => steps),
      (step) => openers.has(keyOfStep(step)),
    ),
    caption: `The paths that the change opens or shortens. The step that does it is drawn thick.${cut}`,
  };
}

/** @param isNew whether the step is drawn thick */
export function stepsPicture(
  steps: readonly Step[],
  isNew: (step: Step) => boolean = () => false,
): Omit<PathPicture, "caption"> {
  const distinct = [...new Map(steps.map((step) => [keyOfStep(step), step])).values()];
  const nodes = new Map(distinct.flatMap(({ from, to }) => [from, to].map((node) => [node.key, node] as const)));
  const nameOf = uniqueNames([...nodes].map(([key, node]) => [key, nodeLabel(node)]));
  return {
    services: [...nodes.keys()].map(nameOf),
    arrows: distinct.map((step) => ({
      caller: nameOf(step.from.key),
      api: nameOf(step.to.key),
      roles: [step.kind],
      ...(isNew(step) ? { state: "added" as const } : {}),
    })),
    labels: new Map([...nodes].map(([key, node]) => [nameOf(key), nodeLabel(node)])),
    dangerous: new Set([...nodes.values()].filter(({ tierZero }) => tierZero).map(({ key }) => nameOf(key))),
  };
}

function labelOf({ kind, nodes }: PathClass): string {
  if (nodes.length <= mostNames) return nodes.map(nodeLabel).join("\n");
  return `${nodes.length} ${kind}\n${visible(nodes[0]?.name ?? "")}, …`;
}

/** A role is below its API, because both names can be long. */
const nodeLabel = ({ kind, name }: PathNode): string => {
  const at = name.lastIndexOf(" ");
  return kind === "API role" ? `${visible(name.slice(0, at))}\n${visible(name.slice(at + 1))}` : visible(name);
};

/** Browsers show a box's name when something points at it. Two boxes of one picture need different names. */
function uniqueNames(boxes: readonly (readonly [key: string, label: string])[]): (key: string) => string {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const [key, label] of boxes) {
    const name = label.replaceAll("\n", " ");
    let unique = name;
    for (let count = 2; taken.has(unique); count++) unique = `${name} (${count})`;
    taken.add(unique);
    names.set(key, unique);
  }
  return (key) => names.get(key) ?? key;
}
