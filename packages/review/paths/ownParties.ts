import type { AccessModel } from "../accessModel";
import { isServiceAccount } from "../serviceAccount";
import type { AttackGraph } from "./attackGraph";
import { type PathNode, partyNode } from "./node";
import type { Step } from "./step";

/** The parties that are a service itself: the service that each belongs to, by the party's key. */
export interface OwnParties {
  /** Managed identities. */
  readonly identities: ReadonlyMap<string, string>;
  /** Service accounts of Kubernetes and resources that run as one service, and as nothing else. */
  readonly workloads: ReadonlyMap<string, string>;
}

export function ownParties({ serviceOfIdentity, services }: AccessModel, graph: AttackGraph): OwnParties {
  const identities = new Map(
    Object.entries(serviceOfIdentity).map(([identity, service]) => [partyNode(identity).key, service]),
  );
  const registrations = new Map(services.map((service) => [partyNode(service).key, service]));
  const workloads = [...graph.nodes.values()].flatMap((node): [string, string][] => {
    const steps = graph.from(node);
    const all = new Set(steps.map(({ to }) => identities.get(to.key) ?? registrations.get(to.key)));
    const [service] = all;
    const isOne = all.size === 1 && service !== undefined && steps.every((step) => isWorkload(node, step));
    return isOne ? [[node.key, service]] : [];
  });
  return { identities, workloads: new Map(workloads) };
}

const isWorkload = ({ kind, issuer, name }: PathNode, step: Step): boolean =>
  kind === "subject" ? isServiceAccount(`${issuer}: ${name}`) : step.kind === "runs as";
