import { type Altered, type Difference, difference } from "./change";
import type { Finding } from "./rule";
import { keyOf } from "./subject";
import { placeOfWaiver, type WaivedFinding, type Waiver, type Waivers } from "./waivers";

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
  // If two waivers accept the same finding, the one that lasts longer counts.
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

/**
 * Removes the waived findings that a change adds together with their waivers: a change cannot accept its own findings.
 *
 * @param added the findings that are new or got worse
 * @param before the waivers before the change; absent if they are not known, and then all of today's count
 * @param today the day of the review, `2026-11-25`
 */
export function acceptedBefore(
  waived: readonly WaivedFinding[],
  added: readonly Finding[],
  before: Waivers | undefined,
  today: string,
): { readonly waived: readonly WaivedFinding[]; readonly refused: readonly Finding[] } {
  if (!before) return { waived, refused: [] };
  const left = before.waivers.filter(({ until }) => until >= today).map(keyOfWaiver);
  // Each waiver covers one finding, preferably one that existed before.
  const takes = ({ waiver }: WaivedFinding): boolean => {
    const index = left.indexOf(keyOfWaiver(waiver));
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  };
  const [old, young] = [waived.filter((each) => !added.includes(each)), waived.filter((each) => added.includes(each))];
  for (const each of old) takes(each);
  const refused = young.filter((each) => !takes(each));
  return {
    waived: waived.filter((each) => !refused.includes(each)),
    refused: refused.map(({ waiver: _, ...finding }) => ({
      ...finding,
      remedy: `${finding.remedy} The waiver that this change adds does not count yet: merge it alone, before the change.`,
    })),
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
  at: placeOfWaiver(waiver),
  message,
  remedy: `Let ${waiver.owner} confirm the waiver in the pull request that adds it.`,
});
