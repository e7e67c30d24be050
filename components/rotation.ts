import { createHash } from "node:crypto";
import { ArgumentError, isoDate, type Rule, wholeNumber } from "./validation";

/** How often a client secret is renewed. All lengths are whole days. */
export interface RotationPolicy {
  /** The first day of the landscape, `2026-11-01`: no secret belongs to an earlier window. */
  readonly since: string;
  /** Days from one secret to the next; the first window of a service may be shorter, which spreads the services. Default 90. */
  readonly periodDays: number;
  /** Days for which the previous secret stays valid beside the new one, so that callers that cached it never fail. Default 14. */
  readonly overlapDays: number;
  /** Days from the start of its window until a secret expires, whether or not it was renewed. Default 180, never more. */
  readonly validityDays: number;
}

/** A period in which one client secret is the newest. */
export interface RotationWindow {
  /** The first day, `2026-11-01`: also the window's name. */
  readonly id: string;
  /** 0 for the window that begins on the landscape's first day. */
  readonly index: number;
  /** When its secret expires: absolute and stable, because every change of it would replace the secret. RFC 3339. */
  readonly secretEnd: string;
}

export const defaultRotation = { periodDays: 90, overlapDays: 14, validityDays: 180 } as const;

/**
 * The windows whose client secret must exist at `now`, oldest first: the previous one during the overlap, and the current one.
 *
 * A pure function of the date: one day gives the same windows on every machine and in every run.
 *
 * @param service where in the period this service rotates, so that a landscape does not rotate on one day
 * @throws ArgumentError when `now` lies before `since`, or the policy is impossible
 */
export function activeWindows(now: Date, policy: RotationPolicy, service: string): RotationWindow[] {
  checkRotation(policy);
  const today = dayOf(now);
  if (today < dayOf(new Date(policy.since))) {
    throw new ArgumentError("rotation.since", policy.since, `a date not after the deployment's, ${isoDay(today)}`);
  }
  const index = indexAt(today, policy, service);
  const current = windowAt(index, policy, service);
  const inOverlap = index > 0 && today < firstDay(index, policy, service) + policy.overlapDays;
  return inOverlap ? [windowAt(index - 1, policy, service), current] : [current];
}

/** @throws ArgumentError when secrets would outlive 180 days, or end before the next one has taken over. */
export function checkRotation(policy: RotationPolicy): void {
  const check = <K extends keyof RotationPolicy>(key: K, rule: Rule<RotationPolicy[K]>) => {
    if (!rule.accepts(policy[key])) throw new ArgumentError(`rotation.${key}`, policy[key], rule.allowed);
  };
  check("since", isoDate);
  check("periodDays", wholeNumber(1, 180));
  check("overlapDays", wholeNumber(0, policy.periodDays - 1));
  check("validityDays", wholeNumber(policy.periodDays + policy.overlapDays, 180));
}

function windowAt(index: number, policy: RotationPolicy, service: string): RotationWindow {
  const first = firstDay(index, policy, service);
  return { id: isoDay(first), index, secretEnd: `${isoDay(first + policy.validityDays)}T00:00:00Z` };
}

function indexAt(day: number, policy: RotationPolicy, service: string): number {
  const sinceSecondWindow = day - firstDay(1, policy, service);
  return sinceSecondWindow < 0 ? 0 : 1 + Math.floor(sinceSecondWindow / policy.periodDays);
}

/** Days are counted from 1970-01-01. The first window lasts 1 to `periodDays` days, by the service's name. */
function firstDay(index: number, policy: RotationPolicy, service: string): number {
  const since = dayOf(new Date(policy.since));
  if (index === 0) return since;
  const spread = createHash("sha256").update(service).digest().readUInt32BE(0) % policy.periodDays;
  return since + 1 + spread + (index - 1) * policy.periodDays;
}

const dayOf = (date: Date): number => Math.floor(date.getTime() / 86_400_000);
const isoDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);
