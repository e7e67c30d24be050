import { z } from "zod";
import { UserError } from "./userError";

/** Everything wrong with what somebody wrote, at once. */
export class ProblemsError extends UserError {
  /**
   * @param source where it is written, as in `Pulumi.dev.yaml`
   * @param problems each names its place, the value and what is allowed
   */
  constructor(
    source: string,
    readonly problems: readonly string[],
  ) {
    super(problemList(`${source} has ${problems.length} problem${problems.length === 1 ? "" : "s"}:`, problems));
  }
}

/** A heading, and the problems below it, indented. */
export const problemList = (heading: string, problems: readonly string[]): string =>
  [heading, ...problems.map((problem) => `  ${problem.replaceAll("\n", "\n  ")}`)].join("\n");

/** What the schema makes of the data, or what is wrong with the data, as sentences that name the place, the value and what is allowed. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): { readonly data: z.output<Schema> } | { readonly problems: readonly string[] } {
  const parsed = schema.safeParse(data, { reportInput: true });
  if (parsed.success) return { data: parsed.data };
  return { problems: parsed.error.issues.flatMap((issue) => describe(schema, issue)) };
}

/** One sentence for each unknown key, else one. */
function describe(schema: z.ZodType, issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    const allowed = keysAt(schema, issue.path);
    const known = allowed.length > 0 ? `; allowed here: ${allowed.join(", ")}` : "";
    return issue.keys.map((key) => `${[...issue.path, key].join(".")} is unknown${known}`);
  }
  // A record's key is described by the issue inside; zod's own words for it are only "Invalid key in record".
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  if (inner) return [`${issue.path.join(".")} is not a possible name; allowed: ${inner.message}`];
  const where = issue.path.join(".") || "it";
  const given = issue.input === undefined ? "is missing" : `is ${shortened(JSON.stringify(issue.input))}`;
  return [`${where} ${given}; allowed: ${allowedBy(issue)}`];
}

/** A long value would hide what is allowed. */
const shortened = (value: string): string => (value.length > 200 ? `${value.slice(0, 200)}…` : value);

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return inWords[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "too_small":
      return issue.origin === "array" ? `a list of at least ${issue.minimum}` : sized("at least", issue.minimum, issue);
    case "too_big":
      return issue.origin === "array" ? `a list of at most ${issue.maximum}` : sized("at most", issue.maximum, issue);
    default:
      return issue.message;
  }
}

const sized = (bound: string, limit: number | bigint, { origin }: { origin: string }): string =>
  `${bound} ${limit}${origin === "string" ? " characters" : ""}`;

const inWords: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "keys and values",
  record: "keys and values",
  array: "a list",
};

/** The keys of the object at a place of the data; none where the schema takes several shapes there. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = unwrapped(schema);
  for (const key of path) {
    if (at instanceof z.ZodRecord) at = unwrapped(at.valueType);
    else if (at instanceof z.ZodArray) at = unwrapped(at.element);
    else if (at instanceof z.ZodObject) at = unwrapped(at.shape[String(key)]);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(type: unknown): unknown {
  const isWrapper = type instanceof z.ZodOptional || type instanceof z.ZodNullable || type instanceof z.ZodDefault;
  return isWrapper ? unwrapped(type.unwrap()) : type;
}
