import { writes } from "@microservice-identities/review/roleName";
import type { GrantUse, SavedUsage } from "@microservice-identities/review/usage/savedUsage";
import { daysBetween, isoDay, oneDay } from "@microservice-identities/validation/days";
import { type Evidence, latest, type Refused } from "./evidence";
import type { DeclaredGrant, DeclaredUse } from "./grants";

export interface JudgeOptions {
  readonly stack: string;
  readonly today: string;
  /** How many recorded days it takes to call a grant unused. */
  readonly leastDays: number;
}

/** Compares the grants of a stack with what was recorded of their use. */
export function judge(
  { grants, services }: DeclaredUse,
  evidence: Evidence,
  { stack, today, leastDays }: JudgeOptions,
): SavedUsage {
  const participants = [...services, ...grants.map(({ api }) => api)];
  const names = new Map(participants.map(({ clientId, name }) => [clientId, name]));
  const nameOf = (id: string) => names.get(id.toLowerCase()) ?? id;
  const own = new Set(services.map(({ clientId }) => clientId));
  const isOurs = ({ caller, api }: Refused) => own.has(caller.toLowerCase()) || own.has(api.toLowerCase());
  return {
    stack,
    today,
    from: evidence.from,
    until: evidence.lastDay ?? isoDay(Date.parse(evidence.from) - oneDay),
    leastDays,
    grants: grants.map((grant) => useOf(grant, evidence, today, leastDays)),
    refused: evidence.refused
      .filter(isOurs)
      .map(({ caller, api, ...refused }) => ({ caller: nameOf(caller), api: nameOf(api), ...refused }))
      .sort((one, other) => orderOf(one).localeCompare(orderOf(other))),
  };
}

const orderOf = ({ caller, api, role, code }: SavedUsage["refused"][number]): string =>
  [caller, api, role, code].join(" ");

function useOf(
  { caller, api, role, since }: DeclaredGrant,
  evidence: Evidence,
  today: string,
  leastDays: number,
): GrantUse {
  const [read, write, unknown] = (["read", "write", "unknown"] as const).map((access) =>
    evidence.uses(caller.clientId, api.clientId, role, access),
  ) as [Counted, Counted, Counted];
  const uses = read.count + write.count + unknown.count;
  const tokens = evidence.tokensFor(caller.clientId, api.clientId);
  // What was recorded before the grant says nothing about it.
  const from = latest(since, evidence.from);
  const byGuard = evidence.daysOfGuard(api.clientId, from);
  const byTokens = caller.isService ? evidence.daysOfTokens(caller.clientId, from) : 0;
  const last = [read, write, unknown].map((each) => each.last).reduce(latest);
  const use = {
    caller: caller.name,
    api: api.name,
    role,
    uses,
    tokens: tokens.count,
    ...(since === undefined ? {} : { since }),
  };
  // Records name callers and APIs by their client ids, so they say nothing about a grant without one.
  if (caller.clientId === "" || api.clientId === "") return { ...use, days: 0, state: "unknown" };
  const guard = { ...use, days: byGuard, by: "guard" as const };
  if (uses > 0) {
    const onlyReads = read.count === uses && writes(role) && byGuard >= leastDays;
    return { ...guard, state: onlyReads ? "reads" : "used", ...(last === undefined ? {} : { last }) };
  }
  if (byGuard >= leastDays) return { ...guard, state: "unused" };
  if (tokens.count === 0 && byTokens >= leastDays) return { ...use, days: byTokens, by: "tokens", state: "unused" };
  if (since !== undefined && daysBetween(since, today) < leastDays)
    return { ...use, days: Math.max(byGuard, byTokens), state: "young" };
  if (tokens.count > 0 && byGuard === 0)
    return {
      ...use,
      days: byTokens,
      by: "tokens",
      state: "token",
      ...(tokens.last === undefined ? {} : { last: tokens.last }),
    };
  return { ...use, days: Math.max(byGuard, byTokens), state: "unknown" };
}

type Counted = ReturnType<Evidence["uses"]>;
