import path from "node:path";
import { isoDay, oneDay } from "@microservice-identities/validation/days";
import { parseYamlFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { limits } from "@microservice-identities/validation/limits";
import { check, type Problem, ProblemsError, placeOf } from "@microservice-identities/validation/problems";
import { matching, prose } from "@microservice-identities/validation/schemas";
import { z } from "zod";
import { saysSomething } from "./reason";
import type { Finding } from "./rule";
import { rules } from "./rules";

const words = prose(limits.reason);

/** Longer than a year, nobody remembers why. */
const longestDays = 366;

/** Findings that somebody answers for, for a while: the file is reviewed like code. */
export const waiverFile = z.strictObject({
  /** For how many days from the review a waiver may last, at most {@link longestDays}. */
  longestDays: z.int().min(1).max(longestDays).default(longestDays),
  waivers: z.array(
    z.strictObject({
      /** The id of the rule. */
      rule: z.enum(rules.map(({ id }) => id)),
      /** As the finding names it, as in `ingest-dev Feeds.Write`. */
      subject: words,
      /** What the finding says of it: scope, end, value. When that changes, it is another finding. */
      accepts: prose(limits.finding),
      /** The stack that it holds for. */
      stack: words,
      /** Somebody must be able to judge a year later whether it still holds. */
      reason: words.refine((reason) => saysSomething(reason), { error: "a reason of at least two words" }),
      /** Who answers for it. */
      owner: words,
      /** Its last day, `2027-03-31`. */
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

/** Where a project keeps its waivers, from its folder. */
export const waiversFile = path.join("stacks", "waivers.yaml");

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

/** What is left of the findings, and what waivers answer for. A waiver that has ended, or waives nothing, is a finding. */
export function waive(
  findings: readonly Finding[],
  { waivers }: Pick<Waivers, "waivers">,
  { stack, today }: { readonly stack: string; readonly today: string },
): { readonly findings: Finding[]; readonly waived: WaivedFinding[] } {
  const stacks = stack.split(", ");
  const here = waivers.filter((waiver) => stacks.includes(waiver.stack));
  const isAbout = (waiver: Waiver, { rule, subject }: Finding) => waiver.rule === rule && waiver.subject === subject;
  const accepts = (waiver: Waiver, finding: Finding) => isAbout(waiver, finding) && waiver.accepts === finding.message;
  const kept: Finding[] = [];
  const waived: WaivedFinding[] = [];
  for (const finding of findings) {
    const waiver = here.find((each) => accepts(each, finding));
    if (waiver && waiver.until >= today) waived.push({ ...finding, waiver });
    else kept.push(finding);
  }
  const ofWaivers = here.flatMap((waiver): Finding[] => {
    const { rule, subject, until, owner } = waiver;
    const about = { subject: `${subject} (${rule})`, about: [subject, rule], severity: "medium" } as const;
    if (!findings.some((finding) => accepts(waiver, finding))) {
      // Without a comparison, nobody can tell.
      if (rules.some(({ id, compares }) => id === rule && compares)) return [];
      const other = findings.find((finding) => isAbout(waiver, finding));
      const message = other ? `is waived for something else than that it ${other.message}` : "is waived, and not found";
      const remedy = other ? "Look at what has changed, and have it accepted anew." : "Remove the waiver.";
      return [{ ...about, rule: "unused-waiver", message, remedy }];
    }
    if (until >= today) return [];
    const message = `was waived until ${until} by ${owner}`;
    return [{ ...about, rule: "expired-waiver", message, remedy: "Mend what was waived, or have it reviewed anew." }];
  });
  return { findings: [...kept, ...ofWaivers], waived };
}
