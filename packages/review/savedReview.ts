import { z } from "zod";
import { openings } from "./access/openings";
import { rightKinds, rightPlaces } from "./access/rights";
import { nodeKinds } from "./paths/node";
import { stepKinds } from "./paths/step";
import { resourceSources } from "./resourceChange";
import type { Review } from "./review";
import { severities } from "./rule";

const text = z.string();
const day = z.string().describe("A day, as in 2026-11-25.");
const finding = z.object({
  rule: text.describe("The stable id of the rule."),
  severity: z.enum(severities),
  subject: text.describe("What it is about, for people and for waivers."),
  about: z
    .array(text)
    .describe("The names in the subject; with the rule's id they tell a finding apart from every other."),
  message: text,
  remedy: text.describe("What to do."),
  extent: z
    .object({ amount: z.number().optional(), parts: z.array(text).optional() })
    .optional()
    .describe(
      "How far the finding goes: an amount, or the parts that it concerns. If this grows, the finding counts as new.",
    ),
});
const right = z.object({
  kind: z.enum(rightKinds),
  holder: text,
  what: text,
  at: text.describe("Where it applies; empty for the whole tenant."),
  place: z.enum(rightPlaces).optional().describe("What the stack creates there."),
  resource: text.describe("The name of the resource that grants it."),
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).optional(),
  because: text.optional(),
  eligible: z.literal(true).optional().describe("The holder has to activate the role first."),
  condition: text.optional().describe("The condition under which the role applies."),
  usesVaults: z.literal(true).optional().describe("The role lets its holder use vaults, and do nothing else."),
  opens: z.array(z.enum(openings)).optional().describe("What the role lets its holder take over or access."),
});
const pathNode = z.object({
  key: text.describe("Unique among the nodes of a graph."),
  kind: z.enum(nodeKinds),
  name: text,
  issuer: text.optional().describe("Of a subject: who issues its tokens."),
  tierZero: z.literal(true).optional().describe("A party that reaches it can take over the tenant."),
});
const step = z.object({
  kind: z.enum(stepKinds),
  from: pathNode,
  to: pathNode,
  how: text.describe("A sentence."),
  resource: text.describe("The resource or finding that it comes from."),
});
const changedResource = z.object({
  type: text,
  name: text,
  properties: z.array(text).describe("The properties that differ; empty if the resource was added or removed."),
  kept: z.literal(true).optional().describe("It stays in Azure."),
});
const role = z.object({ api: text, role: text });
const grant = z.object({
  caller: text,
  ...role.shape,
  because: text.optional(),
  until: day.optional(),
  requests: z.array(text).optional().describe("What the caller asks Microsoft Graph."),
  kept: z.literal(true).optional().describe("Pulumi keeps it in Azure when it is removed from the stack."),
  unlisted: z.literal(true).optional().describe("The program says that the caller's registration does not list it."),
});
const reader = z.object({
  vault: text,
  reader: text,
  permissions: z.array(text),
  byRole: z.literal(true).optional().describe("By an Azure role, and not by an access policy."),
});
const credential = z.object({
  service: text,
  kind: z.enum(["secret", "certificate", "federated"]),
  name: text,
  ends: day.optional(),
  trusts: text.optional().describe("For a federated credential: the issuer and the subject of the accepted tokens."),
  key: text.optional().describe("Of a certificate: the beginning of a digest of it."),
  knownTo: text.optional().describe("Who has it, if the stack did not create it."),
});
const waiver = z.object({
  rule: text,
  subject: text,
  accepts: text,
  stack: text,
  reason: text,
  owner: text,
  until: day,
});
const foundAccess = z
  .object({
    grants: z.array(grant),
    readers: z.array(reader),
    credentials: z.array(credential),
    rights: z.array(right),
  })
  .partial();
const differenceOf = <Item extends z.ZodType>(item: Item) => z.object({ added: z.array(item), removed: z.array(item) });

/** A review as JSON: what `--format json` writes, and what `--against` reads. */
export const savedReview = z.object({
  stack: text,
  today: day.describe("The day for which the review was made."),
  base: text.optional().describe("What it was compared with."),
  model: z.object({
    services: z.array(text),
    identities: z.array(text).describe("Managed identities: the workloads."),
    serviceOfIdentity: z
      .record(z.string(), text)
      .default({})
      .describe("The service that each managed identity belongs to, by the identity."),
    roles: z
      .array(z.object({ ...role.shape, forPeople: z.literal(true).optional() }))
      .describe("App roles that APIs offer."),
    grants: z.array(grant).describe("App role assignments, with admin consent."),
    requests: z.array(z.object({ caller: text, ...role.shape })).describe("API access that registrations ask for."),
    readers: z.array(reader),
    credentials: z.array(credential),
    rights: z.array(right).describe("Rights other than calling APIs and reading vaults."),
    groups: z.array(text).optional().describe("Groups of people and principals."),
    vaults: z
      .array(
        z.object({
          vault: text,
          judges: z.enum(["roles", "policies"]).optional().describe("What lets somebody in, if it is stated."),
          groups: z.array(text).describe("The names of its resource group."),
          secretsOf: z.array(text).describe("The services whose client secret is in it."),
        }),
      )
      .optional()
      .describe("Where the vaults are, and whose secrets are in them."),
    identityGroups: z
      .record(z.string(), z.array(text))
      .optional()
      .describe("The resource groups of the managed identities."),
    unknowns: z
      .array(z.object({ resource: text, property: text, why: text }))
      .describe("Unknown values that access depends on."),
    settings: z.record(text, text).describe("The stack's settings by key."),
  }),
  findings: z.array(finding),
  waived: z.array(z.object({ ...finding.shape, waiver })),
  waivers: z
    .object({ longestDays: z.int(), waivers: z.array(waiver) })
    .optional()
    .describe("What was accepted for this stack, used or not."),
  change: z
    .object({
      services: differenceOf(text),
      roles: differenceOf(text),
      grants: differenceOf(grant),
      consents: z.boolean().describe("Whether the change needs consent: grants, or their last days, differ."),
      kept: z.array(grant).describe("Grants that are removed from the stack but stay in Azure."),
      readers: differenceOf(text),
      credentials: differenceOf(text),
      rights: differenceOf(text),
      reach: differenceOf(text).describe("Writes that services can cause through other services."),
      opened: z
        .array(
          z.object({
            steps: z.array(step),
            by: step.describe("The first step that the stack did not have."),
            targets: z.int().describe("How many roles are reached in this way."),
            others: z.int().describe("How many others can take it."),
            toTierZero: z.literal(true).optional(),
            isShorter: z.literal(true).optional().describe("It existed before, and is shorter now."),
            byWorkload: z.literal(true).optional().describe("Only workloads of the stack take it."),
          }),
        )
        .optional()
        .describe("Attack paths that the change opens or shortens."),
      altered: z
        .array(z.object({ what: text, from: text, to: text }))
        .describe(
          "Last days and reasons of grants, permissions of readers, expiry and trust of credentials, settings.",
        ),
      waivers: differenceOf(waiver)
        .optional()
        .describe("What the change accepts, or no longer accepts; absent if the base does not show its waivers."),
      resources: z.object({
        added: z.array(changedResource),
        removed: z.array(changedResource),
        changed: z.array(changedResource),
        notCompared: z.int().describe("How many were compared by their names alone."),
      }),
    })
    .optional()
    .describe("Only in comparison with an earlier state."),
  newFindings: z
    .array(finding)
    .describe("The findings that are new or got worse since the earlier state; without one, all findings."),
  usage: z
    .object({ from: day, until: day })
    .optional()
    .describe("The period of the usage report that was given; absent if none was."),
  source: z.enum(resourceSources).describe("Where the resources were read from."),
  resources: z
    .record(text, z.record(text, text))
    .describe("A digest of each property of each resource, by URN: tells whether two are the same."),
});

/** The JSON of an audit: what it found, accepted or not. */
export const savedAudit = z.object({
  findings: z.array(z.object({ access: foundAccess.optional() })),
  waived: z.array(z.object({ access: foundAccess.optional() })).default([]),
});

export const reviewJson = (review: Review): string =>
  `${JSON.stringify(savedReview.parse(review) satisfies Review, null, 2)}\n`;

/** For everybody who reads the JSON with other programs: https://json-schema.org, draft 2020-12. */
export const reviewJsonSchema = (): object => z.toJSONSchema(savedReview, { target: "draft-2020-12" });
