import { readTextFile } from "@microservice-identities/validation/files";
import { isoDate } from "@microservice-identities/validation/formats";
import { check, type Problem, ProblemsError } from "@microservice-identities/validation/problems";
import { guid, matching } from "@microservice-identities/validation/schemas";
import { shown } from "@microservice-identities/validation/shown";
import { z } from "zod";

const day = matching(isoDate).describe("The day, in UTC.");
const api = guid().describe("The client id of the API.");
const caller = guid().describe("The client id of the caller.");
const count = z
  .int()
  .min(1)
  .describe("How often, since the previous line of this kind. The counts of lines that are otherwise equal are added.");
const word = z.string().min(1).max(200);

const shapes = {
  guard: z.strictObject({ kind: z.literal("guard").describe("A guard of the API recorded on this day."), day, api }),
  caller: z.strictObject({
    kind: z.literal("caller").describe("The caller recorded its token requests on this day."),
    day,
    caller,
  }),
  request: z.strictObject({
    kind: z.literal("request").describe("A guard decided about requests."),
    day,
    api,
    caller: caller.optional().describe("The client id of the caller; absent if no valid token named one."),
    role: word.optional().describe("The app role that the operation required; absent if it declares none."),
    outcome: word.describe("`admitted`, or the code of the refusal, as in `role_missing`."),
    access: z
      .enum(["read", "write"])
      .optional()
      .describe("Whether the requests only read, according to their HTTP methods; absent if it is not known."),
    count,
  }),
  token: z.strictObject({
    kind: z.literal("token").describe("The caller requested tokens."),
    day,
    caller,
    api: word.describe("The scope without `/.default`."),
    outcome: word.describe("`issued`, or the code of the error, as in `AADSTS7000215`."),
    count,
  }),
};

/** A line of a usage file, as `UsageRecorder` of packages/runtime writes it. */
export type UsageLine = { [Kind in keyof typeof shapes]: z.output<(typeof shapes)[Kind]> }[keyof typeof shapes];

const ofSomeKind = z.object({ kind: z.enum(["guard", "caller", "request", "token"]) });

/**
 * Reads a usage file: JSON Lines.
 *
 * @throws UserError for a file that cannot be read; ProblemsError for wrong lines: it describes the first twenty, and counts the others
 */
export function readUsageLines(file: string): UsageLine[] {
  const lines: UsageLine[] = [];
  const problems: Problem[] = [];
  for (const [index, text] of readTextFile(file).split("\n").entries()) {
    if (text.trim() === "") continue;
    const checked = checkLine(text);
    if ("data" in checked) lines.push(checked.data);
    else
      problems.push(...checked.problems.map((problem) => ({ ...problem, text: `line ${index + 1}: ${problem.text}` })));
  }
  if (problems.length > most)
    problems.splice(most, Number.POSITIVE_INFINITY, {
      path: [],
      text: `and ${problems.length - most} more`,
    });
  if (problems.length > 0) throw new ProblemsError(file, problems);
  return lines;
}

const most = 20;

function checkLine(text: string): { readonly data: UsageLine } | { readonly problems: readonly Problem[] } {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { problems: [{ path: [], text: `the line is ${shown(text)}; allowed: an object in JSON` }] };
  }
  // First the kind, which determines what else is allowed.
  const kind = check(ofSomeKind, data);
  return "data" in kind ? check(shapes[kind.data.kind], data) : kind;
}

/** For programs that write such lines without packages/runtime: https://json-schema.org, draft 2020-12. */
export const usageLineJsonSchema = (): object =>
  z.toJSONSchema(z.union(Object.values(shapes)), { target: "draft-2020-12", io: "input" });
