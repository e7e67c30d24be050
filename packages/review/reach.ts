import type { AccessModel, Grant } from "./accessModel";
import { keyOf } from "./subject";

/** What a service can bring about at an API, by itself or through those that it calls. */
export class Reach {
  constructor(
    readonly api: string,
    readonly role: string,
    /** Whether the role lets change something: every role does that does not end in `.Read` or `.Read.All`. */
    readonly writes: boolean,
    private readonly caller: string,
    /** From whom each service is reached first; the one that all begins with, from nobody. */
    private readonly cameFrom: ReadonlyMap<string, string>,
  ) {}

  /** Whether the service was granted the role itself. */
  get isDirect(): boolean {
    return this.cameFrom.get(this.caller) === "";
  }

  /** The services that it goes over, the caller first, the API last: a shortest way. */
  path(): readonly string[] {
    const way = [this.api];
    for (let at = this.caller; at !== ""; at = this.cameFrom.get(at) ?? "") way.unshift(at);
    return way;
  }
}

/** A role of an API, numbered: where everybody reaches everybody, each is looked up for each service and grant. */
interface Role extends Pick<Grant, "api" | "role"> {
  readonly number: number;
  readonly writes: boolean;
}

/**
 * Tells everything that a service reaches, at worst: each call may make the callee use every role that it holds itself.
 * Nearest first.
 */
export function reachIn({ grants }: Pick<AccessModel, "grants">): (service: string) => Reach[] {
  const roles = new Map<string, Role>();
  const heldBy = new Map<string, Role[]>();
  for (const { caller, api, role } of grants) {
    const key = keyOf(api, role);
    const held = roles.get(key) ?? { api, role, number: roles.size, writes: isWrite(role) };
    roles.set(key, held);
    const others = heldBy.get(caller);
    if (others) others.push(held);
    else heldBy.set(caller, [held]);
  }
  return (service) => {
    const cameFrom = new Map([[service, ""]]);
    const isReached = new Uint8Array(roles.size);
    const reached: Reach[] = [];
    for (const [caller] of cameFrom)
      for (const { api, role, number, writes } of heldBy.get(caller) ?? []) {
        if (isReached[number] || api === service) continue;
        isReached[number] = 1;
        reached.push(new Reach(api, role, writes, caller, cameFrom));
        if (!cameFrom.has(api)) cameFrom.set(api, caller);
      }
    return reached;
  };
}

const isWrite = (role: string): boolean => !/\.Read(Basic)?(\.All)?$/.test(role);
