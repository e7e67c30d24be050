import type { AccessModel } from "../accessModel";
import { isServiceAccount } from "../serviceAccount";
import { keyOf } from "../subject";
import type { AttackGraph } from "./attackGraph";
import { controllersIn, owns } from "./controllers";
import { type PathNode, partyNode } from "./node";
import { type OwnParties, ownParties } from "./ownParties";
import type { Reached } from "./search";
import { keyOfStep, type Step } from "./step";

/** The access that a stack declares, which a comparison must not report as an opened path. */
export class DeclaredSteps {
  private readonly controllers: ReadonlySet<string>;
  private readonly own: OwnParties;
  private readonly newServices: ReadonlySet<string>;
  private readonly newVaults: ReadonlySet<string>;
  private readonly known: ReadonlySet<string>;
  private readonly origins: ReadonlySet<string>;

  constructor(
    before: AccessModel,
    after: AccessModel,
    private readonly old: AttackGraph,
    now: AttackGraph,
  ) {
    const services = after.services.map((service) => partyNode(service));
    // In a first deployment, only the owner of all services counts as a declared controller.
    const controllers =
      before.services.length === 0
        ? controllersIn(now, after).filter((controller) => owns(controller, services))
        : controllersIn(old, before);
    this.controllers = new Set(controllers.map(({ node }) => node.key));
    this.own = ownParties(after, now);
    const earlier = new Set(before.services);
    this.newServices = new Set(after.services.filter((service) => !earlier.has(service)));
    this.newVaults = new Set(
      [...now.nodes.values()].filter(({ kind, key }) => kind === "vault" && !old.nodes.has(key)).map(({ key }) => key),
    );
    this.known = new Set(old.steps.map(keyOfStep));
    this.origins = new Set(old.steps.map(originOf));
  }

  isKnown(step: Step): boolean {
    return this.known.has(keyOfStep(step));
  }

  /** Whether the party could become every service before, or owns every service of a first deployment. */
  isController({ key }: PathNode): boolean {
    return this.controllers.has(key);
  }

  isWorkload(node: PathNode): boolean {
    const isPod = node.kind === "subject" && isServiceAccount(`${node.issuer}: ${node.name}`);
    return isPod || this.own.workloads.has(node.key);
  }

  isNewService({ name }: PathNode): boolean {
    return this.newServices.has(name);
  }

  /** Whether the stack declares the step, or the step existed before: it lets nobody act as an unintended party. */
  isDeclared(step: Step): boolean {
    const { from, to, kind } = step;
    // The grant of a role, and not the role, opens the steps after it.
    if (kind === "holds" || from.kind === "API role" || from.kind === "directory role" || this.isKnown(step))
      return true;
    // A right over everything in a scope also covers what is created there.
    if (!this.old.nodes.has(to.key) && this.origins.has(originOf(step))) return true;
    if (kind === "owns" && this.isController(from) && this.isNewService(to)) return true;
    return this.isWithinNewService(step);
  }

  /** Whether a party is itself the holder of a role. A new workload of an existing service is not: it could not act as the service before. */
  isOwn(party: PathNode, holder: PathNode, was: Reached): boolean {
    if (party.key === holder.key) return true;
    const service = this.own.identities.get(holder.key) ?? holder.name;
    if (this.own.identities.get(party.key) === service) return true;
    return this.own.workloads.get(party.key) === service && (this.newServices.has(service) || was.has(holder));
  }

  private isWithinNewService({ from, to, kind }: Step): boolean {
    const owner = this.own.identities.get(from.key) ?? this.own.workloads.get(from.key);
    if (owner !== undefined)
      return (
        this.newServices.has(owner) &&
        (to.name === owner || to.kind === "vault" || this.own.identities.get(to.key) === owner)
      );
    return kind === "contains a secret of" && this.newVaults.has(from.key) && this.isNewService(to);
  }
}

const originOf = ({ from, kind, resource }: Step): string => keyOf(from.key, kind, resource);
