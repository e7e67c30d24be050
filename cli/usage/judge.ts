import { writes } from "@microservice-identities/review/roleName";
import type { GrantUse, SavedUsage } from "@microservice-identities/review/usage/savedUsage";
import { daysBetween, isoDay, oneDay } from "@microservice-identities/validation/days";
import { microsoftName } from "./apiNamed";
import { type Evidence, latest, type Refused, type Used } from "./evidence";
import type { DeclaredGrant, DeclaredUse } from "./grants";

export interface JudgeOptions {
  readonly stack: string;
  readonly today: string;
  /** How many recorded days a grant needs before it can be called unused. */
  readonly leastDays: number;
}

/** Compares the grants of a stack with the records of their use. */
export function judge(
  { grants, services }: DeclaredUse,
  evidence: Evidence,
  { stack, today, leastDays }: JudgeOptions,
): SavedUsage {
  const participants = [...services, ...grants.map(({ api }) => api)];
  const names = new Map(participants.map(({ clientId, name }) => [clientId, name]));
  const nameOf = (id: string) => names.get(id.toLowerCase()) ?? microsoftName(id) ?? id;
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
    others: evidence.used
      .filter((used) => (own.has(used.caller) || own.has(used.api)) && !grants.some((grant) => isUseOf(grant, used)))
      .map(({ caller, api, ...used }) => ({ caller: nameOf(caller), api: nameOf(api), ...used }))
      .sort((one, other) => orderOf(one).localeCompare(orderOf(other))),
    later: evidence.later,
  };
}

/** A token counts as used for each grant of its API. */
const isUseOf = ({ caller, api, role }: DeclaredGrant, used: Used): boolean =>
  caller.clientId === used.caller && api.clientId === used.api && (used.role === "" || used.role === role);

const orderOf = ({ caller, api, role, code = "" }: OrderedBy): string => [caller, api, role, code].join(" ");
type OrderedBy = SavedUsage["others"][number] & { readonly code?: string };

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
  // Records from before the grant say nothing about it.
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
  const formerly = formerRole(evidence, caller.clientId, api, since);
  if (formerly !== undefined)
    return {
      ...guard,
      state: "unknown",
      reason: `requests were admitted by ${formerly}, a role that the API no longer has and that may have been this one`,
    };
  if (byGuard >= leastDays) return { ...guard, state: "unused" };
  const isUnresolved = evidence.hasUnresolvedTokens(caller.clientId) && evidence.daysOfLog(from) < leastDays;
  if (tokens.count === 0 && byTokens >= leastDays && isUnresolved)
    return {
      ...use,
      days: byTokens,
      state: "unknown",
      reason: "the caller got tokens for APIs that its records do not name by a client id",
    };
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

/** A role that the API no longer has, and by which its guard admitted the caller since the grant was made: a role can be renamed. */
function formerRole(
  evidence: Evidence,
  caller: string,
  { clientId, isOwn, roles }: DeclaredGrant["api"],
  since = "",
): string | undefined {
  if (!isOwn) return undefined;
  return evidence.used.find(
    (used) =>
      used.caller === caller &&
      used.api === clientId &&
      used.role !== "" &&
      used.last >= since &&
      !roles.includes(used.role),
  )?.role;
}

type Counted = ReturnType<Evidence["uses"]>;
