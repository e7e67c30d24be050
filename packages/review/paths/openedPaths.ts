import type { AccessModel } from "../accessModel";
import { keyOf } from "../subject";
import { DeclaredSteps } from "./declaredSteps";
import { isSomebody, isTarget, type PathNode } from "./node";
import { type Reached, reachedFrom, reaching } from "./search";
import { stackGraph } from "./stackGraph";
import { pathText, type Step } from "./step";

/** The paths that new steps of one party and kind open: a shortest one, and the number of the others. */
export interface OpenedPath {
  /** From somebody to an API role, or to tier 0. */
  readonly steps: readonly Step[];
  /** The first step on it that the stack did not have, and that opens it. */
  readonly by: Step;
  /** How many roles are reached in this way. */
  readonly targets: number;
  /** How many others can take it. */
  readonly others: number;
  /** It leads to tier 0. Default false. */
  readonly toTierZero?: true;
  /** It existed before, and is shorter now. Default false. */
  readonly isShorter?: true;
  /** Only workloads of the stack take it: service accounts of Kubernetes, or resources. Default false. */
  readonly byWorkload?: true;
}

/**
 * The paths that a change opens or shortens, one for each party with new steps of a kind, and for each kind of target. What the stack declares opens none: a
 * caller that is granted a role, a new service with its own identity and workload, and a party that controls every service anyway.
 */
export function openedPaths(before: AccessModel, after: AccessModel): OpenedPath[] {
  // An earlier version did not save what paths depend on.
  if (before.vaults === undefined || after.vaults === undefined) return [];
  const [old, now] = [stackGraph(before), stackGraph(after)];
  const declared = new DeclaredSteps(before, after, old, now);
  const added = now.steps.filter((step) => !declared.isKnown(step));
  if (added.length === 0) return [];
  const groups = new Map<string, Found[]>();
  for (const start of reaching(
    now,
    added.map(({ from }) => from),
  ).values()) {
    if (!isSomebody(start)) continue;
    const [was, is] = [reachedFrom(old, start), reachedFrom(now, start)];
    for (const target of is.nodes.filter(isTarget)) {
      if (declared.isController(start) && !target.tierZero) continue;
      const found = foundIn(start, target, was, is, declared);
      if (!found) continue;
      const key = keyOf(...sameReason(found.by), target.tierZero ? "tier 0" : "", found.isShorter ? "shorter" : "");
      const group = groups.get(key);
      if (group) group.push(found);
      else groups.set(key, [found]);
    }
  }
  return [...groups.values()].map((group) => openedBy(group, declared)).sort(gravestFirst);
}

/** A role over a subscription, which can lead into hundreds of vaults, is reported once. Each grant is reported separately. */
const sameReason = ({ from, kind, to }: Step): string[] => [from.key, kind, kind === "holds" ? to.key : ""];

interface Found {
  readonly start: PathNode;
  readonly target: PathNode;
  readonly steps: readonly Step[];
  readonly by: Step;
  readonly isShorter: boolean;
}

function foundIn(
  start: PathNode,
  target: PathNode,
  was: Reached,
  is: Reached,
  declared: DeclaredSteps,
): Found | undefined {
  const steps = is.pathTo(target) ?? [];
  const earlier = was.pathTo(target);
  if (earlier && earlier.length <= steps.length) return undefined;
  const holder = steps.find(({ kind }) => kind === "holds");
  // The stack declares where the service's own roles lead, but not what the service can do as another party.
  if (holder && declared.isOwn(start, holder.from, was) && isOfHolder(steps, holder, target)) return undefined;
  const by =
    steps.find((step) => !declared.isDeclared(step)) ??
    steps.find((step) => step.kind === "holds" && !declared.isKnown(step) && isNews(step, steps, declared, target));
  return by && { start, target, steps, by, isShorter: earlier !== undefined };
}

/** Whether a new grant opens a path. A role of a new service alone does not: its controllers can act as every service anyway. */
const isNews = (grant: Step, steps: readonly Step[], declared: DeclaredSteps, target: PathNode): boolean =>
  target.tierZero === true || grant !== steps.at(-1) || !declared.isNewService(grant.from);

function isOfHolder(steps: readonly Step[], holder: Step, target: PathNode): boolean {
  const after = steps.slice(steps.indexOf(holder) + 1);
  return target.tierZero ? after.every(({ to }) => to.kind !== "party") : after.length === 0;
}

function openedBy(group: readonly Found[], declared: DeclaredSteps): OpenedPath {
  const [shortest] = group.toSorted(
    (one, other) => one.steps.length - other.steps.length || (pathText(one.steps) < pathText(other.steps) ? -1 : 1),
  ) as [Found, ...Found[]];
  const { steps, by, isShorter, target } = shortest;
  return {
    steps,
    by,
    targets: new Set(group.map((each) => each.target.key)).size,
    others: new Set(group.map((each) => each.start.key)).size - 1,
    ...(target.tierZero ? { toTierZero: true as const } : {}),
    ...(isShorter ? { isShorter: true as const } : {}),
    ...(group.every(({ start }) => declared.isWorkload(start)) ? { byWorkload: true as const } : {}),
  };
}

/** Whether the path ends with a new grant: the caller gets a role, and with it each party that could already act as the caller. */
export const isByRole = ({ by, steps }: OpenedPath): boolean => by.kind === "holds" && by === steps.at(-1);

const gravestFirst = (one: OpenedPath, other: OpenedPath): number =>
  Number(other.toTierZero ?? 0) - Number(one.toTierZero ?? 0) ||
  Number(isByRole(one)) - Number(isByRole(other)) ||
  (pathText(one.steps) < pathText(other.steps) ? -1 : 1);
