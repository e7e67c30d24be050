import type { AccessModel, Grant } from "./accessModel";

/** What a service can bring about at an API, by itself or through those that it calls. */
export interface Reach {
  readonly api: string;
  readonly role: string;
  /** Whether the role lets change something: every role does that does not end in `.Read` or `.Read.All`. */
  readonly writes: boolean;
  /** Whether the service was granted the role itself. */
  readonly isDirect: boolean;
  /** The services that it goes over, the caller first, the API last: a shortest way. */
  path(): readonly string[];
}

/**
 * Tells everything that a service reaches, at worst: each call may make the callee use every role that it holds itself.
 * Nearest first.
 */
export function reachIn({ grants }: Pick<AccessModel, "grants">): (service: string) => Reach[] {
  const byCaller = new Map<string, Grant[]>();
  for (const grant of grants) {
    const others = byCaller.get(grant.caller);
    if (others) others.push(grant);
    else byCaller.set(grant.caller, [grant]);
  }
  return (service) => {
    /** From whom a service was reached first. */
    const cameFrom = new Map<string, string>([[service, ""]]);
    const wayTo = (name: string): string[] => {
      const from = cameFrom.get(name);
      return from ? [...wayTo(from), name] : [name];
    };
    const reached = new Map<string, Reach>();
    for (const [caller] of cameFrom) {
      for (const { api, role } of byCaller.get(caller) ?? []) {
        if (api === service) continue;
        const key = `${api} ${role}`;
        const isDirect = caller === service;
        if (!reached.has(key))
          reached.set(key, { api, role, writes: isWrite(role), isDirect, path: () => [...wayTo(caller), api] });
        if (!cameFrom.has(api)) cameFrom.set(api, caller);
      }
    }
    return [...reached.values()];
  };
}

const isWrite = (role: string): boolean => !/\.Read(Basic)?(\.All)?$/.test(role);
