import { isoDate } from "@microservice-identities/validation/formats";
import { matching } from "@microservice-identities/validation/schemas";
import { z } from "zod";

const text = z.string();
const day = matching(isoDate);
const whole = z.int().min(0);

/** The recorded use of a grant. */
export const grantStates = ["used", "unused", "reads", "token", "young", "unknown"] as const;

const grantUse = z.strictObject({
  caller: text,
  api: text,
  role: text,
  state: z
    .enum(grantStates)
    .describe(
      "`used`; `unused`: never in the period; `reads`: only to read, though the role also writes; `token`: tokens were requested, but which roles were used is not known; `young`: too new to judge; `unknown`: there is too little evidence.",
    ),
  uses: whole.describe("Requests that the API's guard admitted by this role."),
  tokens: whole.describe("Tokens that the caller got for the API."),
  last: day.optional().describe("The last day on which it was used."),
  days: whole.describe("On how many days of the period its use, or the lack of it, was recorded."),
  by: z
    .enum(["guard", "tokens"])
    .optional()
    .describe("What recorded the use: the API's guard, or the requests for tokens; absent if nothing recorded it."),
  since: day.optional().describe("The day of the grant, if the state contains it."),
  reason: text.optional().describe("Why too little is known, if the reason is not too few recorded days."),
});

/** A usage report as JSON: what `npm run usage` writes, and what `npm run review -- --usage` reads. */
export const savedUsage = z.strictObject({
  stack: text,
  today: day.describe("The day of the report."),
  from: day.describe("The first day of the period."),
  until: day.describe("The last day of the period with a recording; the day before the first if there is none."),
  leastDays: whole.describe("How many recorded days a grant needs before it can be called unused."),
  grants: z.array(grantUse),
  refused: z
    .array(
      z.strictObject({
        caller: text.describe(
          "The name of the caller; a client id if the stack does not have it; empty if it is not known.",
        ),
        api: text,
        role: text.describe("The role that was required; empty if it is not known."),
        code: text.describe("The refusal's code, or the error's of Entra."),
        count: whole,
        last: day,
      }),
    )
    .describe("Requests and token requests that were refused."),
  others: z
    .array(
      z.strictObject({
        caller: text.describe("The name of the caller, or its client id if the stack does not have it."),
        api: text.describe("The name of the API, or what names it in the records."),
        role: text.describe("The role by which requests were admitted; empty for tokens."),
        count: whole,
        last: day,
      }),
    )
    .default([])
    .describe("Recorded use that belongs to no grant of the stack, for example tokens for Key Vault."),
  later: whole
    .default(0)
    .describe("How many records are of days after the period, and are therefore ignored: a clock or a date is wrong."),
});

export type SavedUsage = z.output<typeof savedUsage>;
export type GrantUse = SavedUsage["grants"][number];
export type GrantState = (typeof grantStates)[number];

/** The JSON Schema for other programs that read this file: https://json-schema.org, draft 2020-12. */
export const usageJsonSchema = (): object => z.toJSONSchema(savedUsage, { target: "draft-2020-12" });
