import { z } from "zod";
import type { Review } from "./review";
import { severities } from "./rule";

const text = z.string();
const day = z.string().describe("A day, as in 2026-11-25.");
const finding = z.object({
  rule: text.describe("The stable id of the rule."),
  severity: z.enum(severities),
  subject: text.describe("What it is about; with the rule's id it tells a finding apart from every other."),
  message: text,
  remedy: text.describe("What to do."),
});
const role = z.object({ api: text, role: text });
const grant = z.object({ caller: text, ...role.shape, because: text.optional(), until: day.optional() });
const waiver = z.object({ rule: text, subject: text, stack: text, reason: text, owner: text, until: day });
const differenceOf = <Item extends z.ZodType>(item: Item) => z.object({ added: z.array(item), removed: z.array(item) });

/** A review as JSON: what `--format json` writes, and what `--against` reads. */
export const savedReview = z.object({
  stack: text,
  today: day.describe("The day that was judged by."),
  model: z.object({
    services: z.array(text),
    identities: z.array(text).describe("Managed identities: the workloads."),
    roles: z.array(role).describe("App roles that APIs offer."),
    grants: z.array(grant).describe("App role assignments, with admin consent."),
    requests: z.array(z.object({ caller: text, ...role.shape })).describe("API access that registrations ask for."),
    readers: z.array(z.object({ vault: text, reader: text, permissions: z.array(text) })),
    credentials: z.array(
      z.object({
        service: text,
        kind: z.enum(["secret", "certificate", "federated"]),
        name: text,
        ends: day.optional(),
      }),
    ),
  }),
  findings: z.array(finding),
  waived: z.array(z.object({ ...finding.shape, waiver })),
  change: z
    .object({
      services: differenceOf(text),
      roles: differenceOf(text),
      grants: differenceOf(grant),
      readers: differenceOf(text),
      credentials: differenceOf(text),
      reach: differenceOf(text).describe("Writes that services reach through others."),
    })
    .optional()
    .describe("Only in comparison with an earlier state."),
  newFindings: z.array(finding).describe("Those that the earlier state did not have; all of them without one."),
});

export const reviewJson = (review: Review): string =>
  `${JSON.stringify(savedReview.parse(review) satisfies Review, null, 2)}\n`;

/** For everybody who reads the JSON with other programs: https://json-schema.org, draft 2020-12. */
export const reviewJsonSchema = (): object => z.toJSONSchema(savedReview, { target: "draft-2020-12" });
