import type { z } from "zod";

/**
 * A problem that zod found, as sentences that name the place, the value and what is allowed: one for each unknown key, else
 * one.
 *
 * @param issue of a parse with `reportInput`
 * @param ofUnknownKey what to say of a key that is not known, after its place
 */
export function describeIssue(issue: z.core.$ZodIssue, ofUnknownKey: string): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${[...issue.path, key].join(".")} ${ofUnknownKey}`);
  // A record's key is described by the issue inside; zod's own words for it are only "Invalid key in record".
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  if (inner) return [`${issue.path.join(".")} is no possible name; allowed: ${inner.message}`];
  const where = issue.path.join(".") || "it";
  const given = issue.input === undefined ? "is missing" : `is ${JSON.stringify(issue.input)}`;
  return [`${where} ${given}; allowed: ${allowedBy(issue)}`];
}

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return inWords[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "too_small":
      return issue.origin === "array" ? `a list of at least ${issue.minimum}` : sized("at least", issue.minimum, issue);
    case "too_big":
      return sized("at most", issue.maximum, issue);
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
