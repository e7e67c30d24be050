import type { AccessModel } from "../accessModel";
import type { AttackGraph } from "./attackGraph";
import { type Controller, controllersIn } from "./controllers";
import { isSomebody, isTarget, type PathNode, partyNode, roleNode } from "./node";
import { ownParties } from "./ownParties";
import { type Reached, reachedFrom, reaching } from "./search";
import { stackGraph } from "./stackGraph";
import { pathText, type Step } from "./step";

/** The parties that could reach a role, or tier 0. */
export interface TargetPaths {
  readonly target: PathNode;
  /** Who holds it: callers by their grants, holders of directory roles. */
  readonly holders: readonly string[];
  /**
   * A shortest path of a party that is neither a holder nor a holder's own identity or workload. For an API role, preferably of a party that
   * does not reach all API roles anyway. Absent if no such party reaches it.
   */
  readonly shortest?: readonly Step[];
  /** Apart from the holders, only parties that reach all API roles reach it. Default false. */
  readonly byControl?: true;
  /** How many others reach it. */
  readonly others: number;
}

/** Somebody who can become every service, or gets every role. */
export interface Control {
  readonly who: string;
  /** A shortest path to the first service, or to the first role. */
  readonly example: readonly Step[];
  /** How many API roles it reaches. */
  readonly roles: number;
}

export interface AttackPaths {
  readonly services: number;
  /** They reach every service, and so every role that a service holds. Reports list them once, and not for each role. */
  readonly controls: readonly Control[];
  /** They reach every role of the stack's APIs by granting it to themselves, but cannot become every service. */
  readonly grantors: readonly Control[];
  readonly tierZero: readonly TargetPaths[];
  readonly roles: readonly TargetPaths[];
}

/** The shortest path to each API role and to each role of tier 0. */
export function attackPaths(model: AccessModel, graph: AttackGraph = stackGraph(model)): AttackPaths {
  const controllers = controllersIn(graph, model);
  const grantors = grantorsIn(graph, model, new Set(controllers.map(({ node }) => node.key)));
  const isController = new Set([...controllers, ...grantors].map(({ node }) => node.key));
  const targets = [...graph.nodes.values()].filter(isTarget);
  const found = new Map(targets.map(({ key }) => [key, new Shortest()]));
  const ownOf = ownersIn(model, graph);
  for (const start of reaching(graph, targets).values()) {
    if (!isSomebody(start)) continue;
    const reached = reachedFrom(graph, start);
    for (const target of reached.nodes.filter(isTarget)) {
      const holders = graph.to(target).filter(({ kind }) => kind === "holds");
      if (holders.some(({ from }) => ownOf(start).has(from.key))) continue;
      found.get(target.key)?.add(target, reached, !target.tierZero && isController.has(start.key));
    }
  }
  const [first] = model.services;
  const pathsTo = (target: PathNode): TargetPaths => ({
    target,
    holders: graph
      .to(target)
      .filter(({ kind }) => kind === "holds")
      .map(({ from }) => from.name),
    ...found.get(target.key)?.result,
    others: found.get(target.key)?.others ?? 0,
  });
  const byName = (one: PathNode, other: PathNode) => (one.name < other.name ? -1 : 1);
  return {
    services: model.services.length,
    controls: controllers.map((each) => controlOf(each, partyNode(first ?? ""))),
    grantors: grantors.map((each) => controlOf(each, each.first)),
    tierZero: targets
      .filter(({ tierZero }) => tierZero)
      .sort(byName)
      .map(pathsTo),
    roles: targets
      .filter(({ tierZero }) => !tierZero)
      .sort(byName)
      .map(pathsTo),
  };
}

const controlOf = ({ node, reached }: Controller, to: PathNode): Control => ({
  who: node.name,
  example: reached.pathTo(to) ?? [],
  roles: reached.nodes.filter(({ kind, tierZero }) => kind === "API role" && !tierZero).length,
});

/** The parties that reach every role of the stack's APIs, but not every service; none if the APIs have only one role. */
function grantorsIn(
  graph: AttackGraph,
  { roles }: AccessModel,
  controllers: ReadonlySet<string>,
): (Controller & { readonly first: PathNode })[] {
  const [first, ...others] = roles.map(({ api, role }) => roleNode(api, role));
  if (first === undefined || others.length === 0) return [];
  return [...reaching(graph, [first]).values()]
    .filter((node) => isSomebody(node) && !controllers.has(node.key))
    .map((node) => ({ node, reached: reachedFrom(graph, node), first }))
    .filter(({ reached }) => others.every((role) => reached.has(role)))
    .sort((one, other) => (one.node.name < other.node.name ? -1 : 1));
}

/** The shortest of many paths to one node, without keeping them all. */
class Shortest {
  private best?: readonly Step[];
  private isControllers = true;
  private outsiders = 0;
  private controllers = 0;

  add(target: PathNode, reached: Reached, isController: boolean): void {
    if (isController) this.controllers++;
    else this.outsiders++;
    const steps = reached.pathTo(target) ?? [];
    const isBetter =
      this.best === undefined ||
      (this.isControllers && !isController) ||
      (this.isControllers === isController &&
        (steps.length < this.best.length ||
          (steps.length === this.best.length && pathText(steps) < pathText(this.best))));
    if (!isBetter) return;
    this.best = steps;
    this.isControllers = isController;
  }

  get result(): Pick<TargetPaths, "shortest" | "byControl"> {
    if (!this.best) return {};
    return { shortest: this.best, ...(this.isControllers ? { byControl: true as const } : {}) };
  }

  /** Controllers are listed separately, so they count only if no other party reaches the target. */
  get others(): number {
    return Math.max(0, (this.outsiders || this.controllers) - 1);
  }
}

/** The keys of the parties that count as one where roles are concerned: the party itself, its service, and its service's identities. */
function ownersIn(model: AccessModel, graph: AttackGraph): (party: PathNode) => ReadonlySet<string> {
  const { identities, workloads } = ownParties(model, graph);
  const identitiesOf = new Map<string, string[]>();
  for (const [key, service] of identities) identitiesOf.set(service, [...(identitiesOf.get(service) ?? []), key]);
  const known = new Map<string, ReadonlySet<string>>();
  return ({ key }) => {
    const service = identities.get(key) ?? workloads.get(key);
    const own =
      known.get(key) ??
      new Set([key, ...(service === undefined ? [] : [partyNode(service).key, ...(identitiesOf.get(service) ?? [])])]);
    known.set(key, own);
    return own;
  };
}

/** Every shortest path to a role: one of each party that reaches it, the shortest first. */
export const allPathsTo = (graph: AttackGraph, target: PathNode): Step[][] =>
  [...reaching(graph, [target]).values()]
    .filter((start) => isSomebody(start) && start.key !== target.key)
    .map((start) => reachedFrom(graph, start).pathTo(target) ?? [])
    .sort((one, other) => one.length - other.length || (pathText(one) < pathText(other) ? -1 : 1));
