import { type Altered, type Difference, difference } from "./change";
import type { Finding } from "./rule";
import { keyOf } from "./subject";
import type { Waiver, Waivers } from "./waivers";

/** The acceptances that a change adds, removes and alters. */
export interface WaiverChange {
  readonly waivers: Difference<Waiver>;
  /** Ends, reasons and owners of waivers that exist before and after, and the setting for their longest duration. */
  readonly altered: readonly Altered[];
  /** A finding for each acceptance that is new or lasts longer: the change may have added it for itself. */
  readonly findings: readonly Finding[];
}

export function waiverChangeBetween(before: Waivers, after: Waivers): WaiverChange {
  const waivers = difference(before.waivers, after.waivers, keyOfWaiver);
  // Of two waivers that accept the same, the longer one decides.
  const old = new Map(
    [...before.waivers]
      .sort((one, other) => (one.until < other.until ? -1 : 1))
      .map((each) => [keyOfWaiver(each), each]),
  );
  const pairs = after.waivers.flatMap((now): [Waiver, Waiver][] => {
    const was = old.get(keyOfWaiver(now));
    return was && !waivers.added.includes(now) ? [[was, now]] : [];
  });
  const days = (limits: Waivers) => `${limits.longestDays} days`;
  return {
    waivers,
    altered: [
      ...pairs.flatMap(([was, now]) =>
        (["until", "owner", "reason"] as const)
          .filter((key) => was[key] !== now[key])
          .map((key) => ({ what: `${key} of the waiver for ${aboutOf(now)}`, from: was[key], to: now[key] })),
      ),
      ...(before.longestDays === after.longestDays
        ? []
        : [{ what: "longest duration of a waiver", from: days(before), to: days(after) }]),
    ],
    findings: [
      ...waivers.added.map((waiver) => accepted(waiver, `accepts until ${waiver.until}: ${waiver.accepts}`)),
      ...pairs
        .filter(([was, now]) => now.until > was.until)
        .map(([was, now]) =>
          accepted(now, `accepted until ${was.until}, and accepts until ${now.until}: ${now.accepts}`),
        ),
    ],
  };
}

/** For example `waiver of the ingest team for ingest-dev Feeds.Write (unused-role), until 2027-01-31: is granted to nobody`. */
export const waiverText = (waiver: Waiver): string =>
  `waiver of ${waiver.owner} for ${aboutOf(waiver)}, until ${waiver.until}: ${waiver.accepts}`;

const aboutOf = ({ subject, rule }: Waiver): string => `${subject} (${rule})`;

const keyOfWaiver = ({ stack, rule, subject, accepts }: Waiver): string => keyOf(stack, rule, subject, accepts);

const accepted = (waiver: Waiver, message: string): Finding => ({
  rule: "new-waiver",
  severity: "medium",
  subject: aboutOf(waiver),
  about: [waiver.subject, waiver.rule, waiver.accepts],
  message,
  remedy: `Let ${waiver.owner} confirm the waiver in the pull request that adds it.`,
});
