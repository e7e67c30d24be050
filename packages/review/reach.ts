import type { AccessModel, Grant } from "./accessModel";
import { keyOf } from "./subject";

/** A role that a service can use at an API, itself or through the services that it calls. */
export class Reach {
  constructor(
    readonly api: string,
    readonly role: string,
    /** Whether the role allows a change: true for every role that does not end in `.Read`, `.ReadBasic`, `.Read.All` or `.ReadBasic.All`. */
    readonly writes: boolean,
    private readonly caller: string,
    /** For each reached service, the service before it on a shortest chain; `undefined` for the first one. */
    private readonly cameFrom: ReadonlyMap<string, string>,
  ) {}

  /** Whether the service was granted the role itself. */
  get isDirect(): boolean {
    return this.cameFrom.get(this.caller) === "";
  }

  /** A shortest chain of calls, from the caller to the API. */
  path(): readonly string[] {
    const way = [this.api];
    for (let at = this.caller; at !== ""; at = this.cameFrom.get(at) ?? "") way.unshift(at);
    return way;
  }
}

/** A role of an API, with a number as a fast key: in dense landscapes each role is looked up for each service and grant. */
interface Role extends Pick<Grant, "api" | "role"> {
  readonly number: number;
  readonly writes: boolean;
}

/**
 * Everything that a service can reach in the worst case, in which each call makes the callee use all of its own roles. Nearest
 * first.
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
