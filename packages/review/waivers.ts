import { isoDay, oneDay } from "@microservice-identities/validation/days";
import { parseYamlFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { limits } from "@microservice-identities/validation/limits";
import { check, type Problem, ProblemsError, placeOf } from "@microservice-identities/validation/problems";
import { matching, prose } from "@microservice-identities/validation/schemas";
import { z } from "zod";
import { auditRules } from "./auditRules";
import { saysSomething } from "./reason";
import type { Finding, Rule } from "./rule";
import { rules } from "./rules";
import type { Whereabouts } from "./subject";
import { refusedCall } from "./usageRules";

const words = prose(limits.reason);

/** One year; a leap year has 366 days. After a year, nobody remembers the reason. */
const longestDays = 366;

/** The file of waivers, which is reviewed like code. */
export const waiverFile = z.strictObject({
  /** The maximum number of days from the review to the end of a waiver. Default and maximum: {@link longestDays}. */
  longestDays: z.int().min(1).max(longestDays).default(longestDays),
  waivers: z.array(
    z.strictObject({
      /** The id of the rule: of the review, of the audit of a tenant, or of the usage report. */
      rule: z.enum([...rules, ...auditRules, refusedCall].map(({ id }) => id)),
      /** The subject of the finding, for example `ingest-dev Feeds.Write`. */
      subject: words,
      /** The message of the finding, with its scope, end or value. If it changes, the waiver no longer applies. */
      accepts: prose(limits.finding),
      /** The stack that it applies to. */
      stack: words,
      /** The reason. It must let somebody decide a year later whether the waiver is still needed. */
      reason: words.refine((reason) => saysSomething(reason), { error: "a reason of at least two words" }),
      /** The person or team that is responsible. */
      owner: words,
      /** Its last day, for example `2027-03-31`. */
      until: matching(isoDate),
    }),
  ),
});

export type Waivers = z.output<typeof waiverFile>;
export type Waiver = Waivers["waivers"][number];

export const noWaivers: Waivers = { longestDays, waivers: [] };

export interface WaivedFinding extends Finding {
  readonly waiver: Waiver;
}

/** The line of the waiver, if its subject is written without quotes. */
export const placeOfWaiver = ({ subject }: Pick<Waiver, "subject">): Whereabouts => ({
  file: "stacks/waivers.yaml",
  text: `subject: ${subject}`,
});

/**
 * @param today the day of the review, `2026-11-25`
 * @throws ProblemsError that lists everything wrong with the file
 */
export function readWaivers(file: string, today: string): Waivers {
  const { data, source } = parseYamlFile(file);
  const checked = check(waiverFile, data);
  const problems = [...("data" in checked ? [] : checked.problems), ...tooLong(data, today)];
  if (problems.length > 0 || !("data" in checked)) throw new ProblemsError(source, problems);
  return checked.data;
}

/** The end of a waiver, in a file that may have other problems too. */
const ends = z.object({
  longestDays: waiverFile.shape.longestDays.catch(longestDays),
  waivers: z.array(z.object({ until: matching(isoDate) }).or(z.unknown().transform(() => ({ until: "" })))),
});

function tooLong(data: unknown, today: string): Problem[] {
  const parsed = ends.safeParse(data);
  if (!parsed.success) return [];
  const last = isoDay(Date.parse(today) + parsed.data.longestDays * oneDay);
  return parsed.data.waivers.flatMap(({ until }, index) => {
    const path = ["waivers", index, "until"];
    const text = `${placeOf(path)} is ${until}; allowed: at most ${parsed.data.longestDays} days from today, until ${last}`;
    return until > last ? [{ path, text }] : [];
  });
}

/** The waivers of one or more stacks, for example `finance-dev, shop-dev`. */
export const waiversOf = <T extends Pick<Waivers, "waivers">>(all: T, stack: string): T => {
  const stacks = stack.split(", ");
  return { ...all, waivers: all.waivers.filter((waiver) => stacks.includes(waiver.stack)) };
};

/**
 * Splits findings into waived and remaining ones. An expired waiver, and a waiver without a finding, are findings themselves.
 *
 * @param checked the rules that were checked; waivers for other rules are ignored. Default: the rules of the review
 */
export function waive<T extends Finding>(
  findings: readonly T[],
  all: Pick<Waivers, "waivers">,
  { stack, today }: { readonly stack: string; readonly today: string },
  checked: readonly Pick<Rule, "id">[] = rules,
): { readonly findings: (T | Finding)[]; readonly waived: (T & WaivedFinding)[] } {
  const here = waiversOf(all, stack).waivers.filter(({ rule }) => checked.some(({ id }) => id === rule));
  const isAbout = (waiver: Waiver, { rule, subject }: Finding) => waiver.rule === rule && waiver.subject === subject;
  const accepts = (waiver: Waiver, finding: Finding) => isAbout(waiver, finding) && waiver.accepts === finding.message;
  const kept: T[] = [];
  const waived: (T & WaivedFinding)[] = [];
  // Two resources can have the same name, and a waiver covers only the one that its owner has seen.
  const left = new Set(here.filter((waiver) => waiver.until >= today));
  for (const finding of findings) {
    const waiver = [...left].find((each) => accepts(each, finding));
    if (waiver) {
      waived.push({ ...finding, waiver });
      left.delete(waiver);
    } else kept.push(finding);
  }
  const ofWaivers = here.flatMap((waiver): Finding[] => {
    const { rule, subject, until, owner } = waiver;
    const names = { subject: `${subject} (${rule})`, about: [subject, rule] };
    const about = { ...names, at: placeOfWaiver(waiver), severity: "medium" as const };
    if (!findings.some((finding) => accepts(waiver, finding))) {
      // A rule that needs a comparison or a usage report finds nothing without one, so the waiver may still be needed.
      if (rules.some(({ id, compares, needsUsage }) => id === rule && (compares || needsUsage))) return [];
      const other = findings.find((finding) => isAbout(waiver, finding));
      const message = other ? `is waived, but the finding is now: ${other.message}` : "matches no finding";
      const remedy = other ? "Check what has changed, and let the owner accept it again." : "Remove the waiver.";
      return [{ ...about, rule: "unused-waiver", message, remedy }];
    }
    if (until >= today) return [];
    const message = `was waived until ${until} by ${owner}`;
    return [
      { ...about, rule: "expired-waiver", message, remedy: "Correct the finding, or let the owner renew the waiver." },
    ];
  });
  return { findings: [...kept, ...ofWaivers], waived };
}
