import { createHash } from "node:crypto";
import { isoDay, oneDay } from "../packages/validation/days";
import { type Format, isoDate, wholeNumber } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { ArgumentError } from "../packages/validation/userError";

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

/** A secret that a deployment has issued, as the next one has to know it. */
export interface IssuedSecret extends RotationWindow {
  /** The day on which it became the newest in the vault, `2026-11-03`. */
  readonly published: string;
  /** How many revocations had come before it. */
  readonly revocations: number;
}

export const defaultRotation = { periodDays: 90, overlapDays: 14, validityDays: limits.secretValidityDays } as const;

/** The window that a day is in. A pure function of the date: the same on every machine and in every run. */
export function windowOn(now: Date, policy: RotationPolicy, service: string): RotationWindow {
  checkRotation(policy);
  const today = dayOf(now);
  if (today < dayOf(new Date(policy.since))) {
    throw new ArgumentError("rotation.since", policy.since, `a date not after the deployment's, ${nameOf(today)}`);
  }
  return windowAt(indexAt(today, policy, service), policy, service);
}

/**
 * The day of the next rotation, `2027-01-07`: when the next window begins, or earlier, when the newest secret would
 * otherwise end before the next one has taken over, as after a change of the policy.
 */
export function nextRotation(now: Date, policy: RotationPolicy, service: string, newest?: RotationWindow): string {
  const byWindow = firstDay(indexAt(dayOf(now), policy, service) + 1, policy, service);
  return nameOf(newest ? Math.min(byWindow, dayOf(new Date(newest.secretEnd)) - policy.overlapDays) : byWindow);
}

/**
 * The secrets that must exist on that day, oldest first: the current window's, and beside it the one before, until the
 * overlap has passed since the current one was published. So a pipeline that paused never takes away a secret that nobody
 * had the time to replace, and a first deployment issues exactly one.
 *
 * What was issued keeps its end, whatever the policy says now: a changed end would replace a secret in use.
 *
 * @param service where in the period this service rotates, so that a landscape does not rotate on one day
 * @param issued what the last deployment left; empty at the first
 * @param revocations how often the service's secrets have been revoked: one more ends all that were issued before
 * @throws ArgumentError when `now` lies before `since`, or the policy is impossible
 */
export function secretsOn(
  now: Date,
  policy: RotationPolicy,
  service: string,
  issued: readonly IssuedSecret[] = [],
  revocations = 0,
): IssuedSecret[] {
  const today = dayOf(now);
  const window = windowOn(now, policy, service);
  // A counter that is taken back, as when an old incident is tidied away, is no revocation.
  const level = Math.max(revocations, issued.at(-1)?.revocations ?? 0);
  const valid = issued.filter((secret) => secret.revocations === level);
  const last = valid.at(-1);
  const published = { published: nameOf(today), revocations: level };
  let newest: IssuedSecret;
  if (last === undefined || last.id < window.id) newest = { ...window, ...published };
  // What was issued under another policy may end too soon for this one: then a secret comes between two windows.
  else if (dayOf(new Date(last.secretEnd)) <= today + policy.overlapDays)
    newest = { ...windowFrom(today, window.index, policy), ...published };
  else newest = last;
  const before = newest === last ? valid.at(-2) : last;
  const overlaps =
    before !== undefined &&
    today < dayOf(new Date(newest.published)) + policy.overlapDays &&
    today < dayOf(new Date(before.secretEnd));
  return overlaps ? [before, newest] : [newest];
}

/**
 * The client secrets that daily deployments would have left: for who cannot say what the last one did. Between two
 * rotations the same ones, and for the overlap two of them.
 *
 * @throws ArgumentError when `now` lies before `since`, or the policy is impossible
 */
export function secretsOnSchedule(now: Date, policy: RotationPolicy, service: string): IssuedSecret[] {
  const today = dayOf(now);
  const { index } = windowOn(now, policy, service);
  const issuedIn = (at: number): IssuedSecret => {
    const window = windowAt(at, policy, service);
    return { ...window, published: window.id, revocations: 0 };
  };
  const overlaps = index > 0 && today < firstDay(index, policy, service) + policy.overlapDays;
  return overlaps ? [issuedIn(index - 1), issuedIn(index)] : [issuedIn(index)];
}

/**
 * What to say of a service whose rotation is overdue by more than the overlap, as after a pause of the pipeline: nothing
 * is lost yet, but the secret goes on towards its end. `undefined` while all is well.
 */
export function missedRotation(
  now: Date,
  policy: RotationPolicy,
  service: string,
  issued: readonly IssuedSecret[],
): string | undefined {
  const newest = issued.at(-1);
  if (!newest) return undefined;
  const due = nextRotation(new Date(newest.id), policy, service, newest);
  const late = dayOf(now) - dayOf(new Date(due));
  if (late <= policy.overlapDays) return undefined;
  return `${service}: the secret of ${newest.id} was due for rotation on ${due}, ${late} days ago, longer than the overlap of ${policy.overlapDays} days; it ends on ${isoDay(newest.secretEnd)}`;
}

/** @throws ArgumentError when secrets would outlive 180 days, or end before the next one has taken over. */
export function checkRotation(policy: RotationPolicy): void {
  const check = <K extends keyof RotationPolicy>(key: K, format: Format<RotationPolicy[K]>) => {
    if (!format.accepts(policy[key])) throw new ArgumentError(`rotation.${key}`, policy[key], format.allowed);
  };
  const most = limits.secretValidityDays;
  check("since", isoDate);
  check("periodDays", wholeNumber(1, most));
  check("overlapDays", wholeNumber(0, Math.min(policy.periodDays - 1, most - policy.periodDays)));
  check("validityDays", wholeNumber(policy.periodDays + policy.overlapDays, most));
}

function windowAt(index: number, policy: RotationPolicy, service: string): RotationWindow {
  return windowFrom(firstDay(index, policy, service), index, policy);
}

function windowFrom(first: number, index: number, { validityDays }: RotationPolicy): RotationWindow {
  return { id: nameOf(first), index, secretEnd: `${nameOf(first + validityDays)}T00:00:00Z` };
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

const dayOf = (date: Date): number => Math.floor(date.getTime() / oneDay);
const nameOf = (day: number): string => isoDay(day * oneDay);
