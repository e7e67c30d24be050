import path from "node:path";
import { readYamlFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { limits } from "@microservice-identities/validation/limits";
import { matching, prose } from "@microservice-identities/validation/schemas";
import { z } from "zod";
import type { Finding } from "./rule";
import { rules } from "./rules";

const words = prose(limits.reason);

/** Findings that somebody answers for, for a while: the file is reviewed like code. */
export const waiverFile = z.strictObject({
  waivers: z.array(
    z.strictObject({
      /** The id of the rule. */
      rule: z.enum(rules.map(({ id }) => id)),
      /** As the finding names it, as in `ingest-dev Feeds.Write`. */
      subject: words,
      /** The stack that it holds for. */
      stack: words,
      reason: words,
      /** Who answers for it. */
      owner: words,
      /** Its last day, `2027-03-31`. */
      until: matching(isoDate),
    }),
  ),
});

export type Waiver = z.output<typeof waiverFile>["waivers"][number];

export interface WaivedFinding extends Finding {
  readonly waiver: Waiver;
}

/** Where a project keeps its waivers, from its folder. */
export const waiversFile = path.join("stacks", "waivers.yaml");

/** @throws ProblemsError that lists everything wrong with the file */
export const readWaivers = (file: string): readonly Waiver[] => readYamlFile(file, waiverFile).waivers;

/** What is left of the findings, and what waivers answer for. A waiver that has ended, or waives nothing, is a finding. */
export function waive(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  { stack, today }: { readonly stack: string; readonly today: string },
): { readonly findings: Finding[]; readonly waived: WaivedFinding[] } {
  const stacks = stack.split(", ");
  const here = waivers.filter((waiver) => stacks.includes(waiver.stack));
  const waiverOf = ({ rule, subject }: Finding) =>
    here.find((waiver) => waiver.rule === rule && waiver.subject === subject);
  const kept: Finding[] = [];
  const waived: WaivedFinding[] = [];
  for (const finding of findings) {
    const waiver = waiverOf(finding);
    if (waiver && waiver.until >= today) waived.push({ ...finding, waiver });
    else kept.push(finding);
  }
  const ofWaivers = here.flatMap((waiver): Finding[] => {
    const { rule, subject, until, owner } = waiver;
    const about = { subject: `${subject} (${rule})`, severity: "medium" } as const;
    if (!findings.some((finding) => waiverOf(finding) === waiver))
      return [{ ...about, rule: "unused-waiver", message: "is waived, and not found", remedy: "Remove the waiver." }];
    if (until >= today) return [];
    const message = `was waived until ${until} by ${owner}`;
    return [{ ...about, rule: "expired-waiver", message, remedy: "Mend what was waived, or have it reviewed anew." }];
  });
  return { findings: [...kept, ...ofWaivers], waived };
}
