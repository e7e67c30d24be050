import { createHash } from "node:crypto";
import { counted } from "../packages/validation/counted";
import { isoDay, oneDay } from "../packages/validation/days";
import { type Format, isoDate, wholeNumber } from "../packages/validation/formats";
import { limits } from "../packages/validation/limits";
import { ArgumentError } from "../packages/validation/userError";

/** How client secrets rotate. All lengths are whole days. */
export interface RotationPolicy {
  /** The first day of the landscape, for example `2026-11-01`: no secret belongs to an earlier window. */
  readonly since: string;
  /** Days from one secret to the next. The first window of a service may be shorter, so that services rotate on different days. Default 90. */
  readonly periodDays: number;
  /** Days for which the previous secret stays valid alongside the new one, for services that have cached it. Default 14. */
  readonly overlapDays: number;
  /** Days from the start of its window until a secret expires, rotated or not. Default 180, which is the maximum. */
  readonly validityDays: number;
}

/** A period in which one client secret is the newest. */
export interface RotationWindow {
  /** The first day, for example `2026-11-01`: also the name of the window. */
  readonly id: string;
  /** 0 for the window that begins on the landscape's first day. */
  readonly index: number;
  /** When its secret expires, RFC 3339. It never changes, because a change would replace the secret. */
  readonly secretEnd: string;
}

/** A secret that a deployment has issued, as the next deployment needs to know it. */
export interface IssuedSecret extends RotationWindow {
  /** The day on which it was written to the vault, for example `2026-11-03`; while it waits, the day of the last deployment. */
  readonly published: string;
  /**
   * The day on which it was created, until it is published: before that, no deployment has seen that Entra accepts it, and the
   * vault contains the previous secret. Absent after it is published, and for the first secret.
   */
  readonly waitingSince?: string;
  /** How often the service's secrets had been revoked before it. */
  readonly revocations: number;
  /** The version of the vault secret that contains it. Known after the deployment that wrote it. */
  readonly version?: string;
  /** The version that contains the last published secret before it. A service uses it until Entra accepts the new secret everywhere. */
  readonly previousVersion?: string;
}

export const defaultRotation = { periodDays: 90, overlapDays: 14, validityDays: limits.secretValidityDays } as const;

/** The window that contains a day. A pure function of the date: the same on every machine and in every run. */
export function windowOn(now: Date, policy: RotationPolicy, service: string): RotationWindow {
  checkRotation(policy);
  const today = dayOf(now);
  if (today < dayOf(new Date(policy.since))) {
    throw new ArgumentError(
      "rotation.since",
      policy.since,
      `a date that is not after the day of the deployment, ${nameOf(today)}`,
    );
  }
  return windowAt(indexAt(today, policy, service), policy, service);
}

/**
 * The day of the next rotation, for example `2027-01-07`: when the next window begins, or earlier if the newest secret would
 * otherwise expire before the overlap with the next one is over. That happens after a change of the policy.
 */
export function nextRotation(now: Date, policy: RotationPolicy, service: string, newest?: RotationWindow): string {
  const byWindow = firstDay(indexAt(dayOf(now), policy, service) + 1, policy, service);
  return nameOf(newest ? Math.min(byWindow, dayOf(new Date(newest.secretEnd)) - policy.overlapDays) : byWindow);
}

/**
 * The secrets that must exist on that day, oldest first: the secret of the current window, and the previous one until the
 * overlap is over. The overlap begins when the current secret is published, so a deployment after a pause never removes
 * a secret early. A late deployment may publish a second secret within an overlap; then three exist. The first deployment
 * issues exactly one secret.
 *
 * A secret that replaces another one is `waitingSince` its creation: {@link afterDeployment} says which secrets are published.
 * It waits for nothing if the service has no other valid secret.
 *
 * An issued secret keeps its expiry even if the policy changes, because a changed expiry would replace a secret in use.
 *
 * @param service its name determines when in the period it rotates, so that services rotate on different days
 * @param issued the result of the last deployment; empty for the first
 * @param revocations how often the service's secrets have been revoked; increasing it deletes all secrets issued before
 * @throws ArgumentError if `now` is before `since`, or the policy is impossible
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
  // A lower counter, for example after somebody removed the setting of an old incident, does not revoke anything.
  const level = Math.max(revocations, issued.at(-1)?.revocations ?? 0);
  const valid = issued.filter((secret) => secret.revocations === level);
  const last = valid.at(-1);
  // A revoked secret is no longer accepted, so its version is not named.
  const inVault = valid.findLast(isPublished);
  const published = {
    published: nameOf(today),
    ...(policy.overlapDays > 0 && inVault && today < dayOf(new Date(inVault.secretEnd))
      ? { waitingSince: nameOf(today) }
      : {}),
    revocations: level,
    ...(inVault?.version === undefined ? {} : { previousVersion: inVault.version }),
  };
  let newest: IssuedSecret;
  if (last === undefined || last.id < window.id) newest = { ...window, ...published };
  // A secret that was issued under a different policy may expire too early; then a new one is issued between two windows.
  else if (dayOf(new Date(last.secretEnd)) <= today + policy.overlapDays)
    newest = { ...windowFrom(today, window.index, policy), ...published };
  else newest = isPublished(last) ? last : { ...last, published: nameOf(today) };
  const all = newest.id === last?.id ? [...valid.slice(0, -1), newest] : [...valid, newest];
  return all.filter((secret, index) => {
    // One that still waits replaces nothing, but the newest may be published today.
    const successor = all.find((later, place) => place > index && (isPublished(later) || later === newest));
    return (
      successor === undefined ||
      (today < dayOf(new Date(successor.published)) + policy.overlapDays && today < dayOf(new Date(secret.secretEnd)))
    );
  });
}

/**
 * The secrets as the next deployment needs to know them.
 *
 * @param secrets the result of {@link secretsOn}
 * @param published the id of the secret that the vault contains now
 * @param version its version there
 */
export const afterDeployment = (
  secrets: readonly IssuedSecret[],
  published: string,
  version?: string,
): IssuedSecret[] =>
  secrets.map((secret) => {
    if (secret.id !== published) return secret;
    const { waitingSince: _, ...rest } = secret;
    return version === undefined ? rest : { ...rest, version };
  });

const isPublished = ({ waitingSince }: IssuedSecret): boolean => waitingSince === undefined;

/**
 * The client secrets that would exist after daily deployments, for programs that do not know what their last deployment
 * issued. Between two rotations the result stays the same; during an overlap it contains two secrets.
 *
 * @throws ArgumentError if `now` is before `since`, or the policy is impossible
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
 * A warning if the rotation of a service is overdue by more than the overlap, for example because the pipeline was paused. The
 * secret is still valid, but it will expire. `undefined` if no rotation is overdue.
 */
export function missedRotation(
  now: Date,
  policy: RotationPolicy,
  service: string,
  issued: readonly IssuedSecret[],
): string | undefined {
  const newest = issued.findLast(isPublished);
  if (!newest) return undefined;
  const due = nextRotation(new Date(newest.id), policy, service, newest);
  const late = dayOf(now) - dayOf(new Date(due));
  if (late <= policy.overlapDays) return undefined;
  return `${service}: the secret of ${newest.id} was due for rotation on ${due}, ${counted(late, "day")} ago, longer than the overlap of ${counted(policy.overlapDays, "day")}; it expires on ${isoDay(newest.secretEnd)}`;
}

/** @throws ArgumentError if secrets would be valid for more than 180 days, or expire before the overlap with the next one is over */
export function checkRotation(policy: RotationPolicy): void {
  const [first] = rotationProblems(policy);
  if (first) throw first.error;
}

/** All problems of a policy. If a number is wrong, the limits that depend on it are not checked. */
export function rotationProblems(policy: RotationPolicy): { key: keyof RotationPolicy; error: ArgumentError }[] {
  const { periodDays, overlapDays } = policy;
  const most = limits.secretValidityDays;
  const check = <K extends keyof RotationPolicy>(key: K, format: Format<RotationPolicy[K]>) =>
    format.accepts(policy[key])
      ? []
      : [{ key, error: new ArgumentError(`rotation.${key}`, policy[key], format.allowed) }];
  const since = check("since", isoDate);
  const period = check("periodDays", wholeNumber(1, most));
  if (period.length > 0) return [...since, ...period];
  const overlap = check("overlapDays", wholeNumber(0, Math.min(periodDays - 1, most - periodDays)));
  if (overlap.length > 0) return [...since, ...overlap];
  return [...since, ...check("validityDays", wholeNumber(periodDays + overlapDays, most))];
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

/** Days are counted from 1970-01-01. The first window lasts 1 to `periodDays` days, depending on the service's name. */
function firstDay(index: number, policy: RotationPolicy, service: string): number {
  const since = dayOf(new Date(policy.since));
  if (index === 0) return since;
  const spread = createHash("sha256").update(service).digest().readUInt32BE(0) % policy.periodDays;
  return since + 1 + spread + (index - 1) * policy.periodDays;
}

const dayOf = (date: Date): number => Math.floor(date.getTime() / oneDay);
const nameOf = (day: number): string => isoDay(day * oneDay);
