import type { AccessModel } from "../accessModel";
import type { AttackGraph } from "./attackGraph";
import { isSomebody, type PathNode, partyNode } from "./node";
import { type Reached, reachedFrom, reaching } from "./search";
import type { StepKind } from "./step";

/** Somebody who can become every service of a stack, as its deployer can. */
export interface Controller {
  readonly node: PathNode;
  readonly reached: Reached;
}

/** In the order of their names. If the stack has a single service, only owners of its registration are controllers. */
export function controllersIn(graph: AttackGraph, { services }: Pick<AccessModel, "services">): Controller[] {
  const parties = services.map((service) => partyNode(service));
  const [first] = parties;
  if (first === undefined) return [];
  const isService = new Set(parties.map(({ key }) => key));
  // A party that reaches every service also reaches the first one.
  return [...reaching(graph, [first]).values()]
    .filter((node) => isSomebody(node) && !(isService.has(node.key) && parties.length === 1))
    .map((node) => ({ node, reached: reachedFrom(graph, node) }))
    .filter(({ reached }) => parties.every((service) => reached.has(service)))
    .filter((controller) => parties.length > 1 || ownsAlone(controller, first))
    .sort((one, other) => (one.node.name < other.node.name ? -1 : 1));
}

const byOwnership: readonly StepKind[] = ["owns", "is a member of", "deploys as", "signs in as"];

/** Whether every service is reached by owning its registration, as by the deployer. */
export const owns = ({ reached }: Controller, services: readonly PathNode[]): boolean =>
  services.every((service) => {
    const path = reached.pathTo(service) ?? [];
    return path.at(-1)?.kind === "owns" && path.every(({ kind }) => byOwnership.includes(kind));
  });

const ownsAlone = (controller: Controller, service: PathNode): boolean => owns(controller, [service]);
