import type { AccessModel } from "./accessModel";

/** What a service can bring about at an API, by itself or through those that it calls. */
export interface Reach {
  readonly api: string;
  readonly role: string;
  /** Whether the role lets change something: every role does that does not end in `.Read` or `.Read.All`. */
  readonly writes: boolean;
  /** The services that it goes over, the caller first, the API last: a shortest way. */
  readonly path: readonly string[];
}

/**
 * Everything that a service reaches, at worst: each call may make the callee use every role that it holds itself.
 * Nearest first.
 */
export function reachOf({ grants }: Pick<AccessModel, "grants">, service: string): Reach[] {
  const byCaller = new Map<string, (typeof grants)[number][]>();
  for (const grant of grants) byCaller.set(grant.caller, [...(byCaller.get(grant.caller) ?? []), grant]);
  const paths = new Map<string, readonly string[]>([[service, [service]]]);
  const reached = new Map<string, Reach>();
  for (const [caller, path] of paths) {
    for (const { api, role } of byCaller.get(caller) ?? []) {
      if (api === service) continue;
      const key = `${api} ${role}`;
      if (!reached.has(key)) reached.set(key, { api, role, writes: isWrite(role), path: [...path, api] });
      if (!paths.has(api)) paths.set(api, [...path, api]);
    }
  }
  return [...reached.values()];
}

const isWrite = (role: string): boolean => !/\.Read(Basic)?(\.All)?$/.test(role);
