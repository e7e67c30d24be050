import { z } from "zod";
import { shown } from "./shown";
import { didYouMean } from "./similarName";
import { UserError } from "./userError";

/** One problem in data that somebody wrote. */
export interface Problem {
  /** The keys from the top of the data to the wrong value. */
  readonly path: readonly PropertyKey[];
  /** The place, the value, what is allowed, and what to do if that is not obvious. */
  readonly text: string;
}

/** The file or other source of data. */
export interface Source {
  /** For example `Pulumi.dev.yaml`. */
  readonly name: string;
  /** The line of a value, counted from 1; of the nearest key above it if the value is missing. */
  readonly lineOf?: (path: readonly PropertyKey[]) => number | undefined;
}

/** All problems in data that somebody wrote. */
export class ProblemsError extends UserError {
  /** The problems in words, each with its line if the line is known. */
  readonly problems: readonly string[];

  constructor(source: Source | string, problems: readonly Problem[]) {
    const { name, lineOf } = typeof source === "string" ? { name: source, lineOf: undefined } : source;
    const texts = problems.map(({ path, text }) => {
      const line = lineOf?.(path);
      return line === undefined ? text : `line ${line}: ${text}`;
    });
    super(problemList(`${name} has ${texts.length} problem${texts.length === 1 ? "" : "s"}:`, texts));
    this.problems = texts;
  }
}

/** A heading, and the problems below it, indented. */
export const problemList = (heading: string, problems: readonly string[]): string =>
  [heading, ...problems.map((problem) => `  ${problem.replaceAll("\n", "\n  ")}`)].join("\n");

/** A path as messages write it, for example `services.orders.calls["finance/ledger"].roles[0]`. */
export const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((key, index) => (index === 0 ? String(key) : segmentOf(key))).join("") || "the content";

const segmentOf = (key: PropertyKey): string => {
  if (typeof key === "number") return `[${key}]`;
  return /^[\w-]{1,80}$/.test(String(key)) ? `.${String(key)}` : `[${shown(String(key))}]`;
};

/** Parses the data with the schema, or returns all problems: the reserved names first, then in the order of the schema. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): { readonly data: z.output<Schema> } | { readonly problems: readonly Problem[] } {
  const reserved = reservedNames(data);
  const parsed = schema.safeParse(data, { reportInput: true, error: allowedBy });
  if (parsed.success && reserved.length === 0) return { data: parsed.data };
  const issues = (parsed.error?.issues ?? []).flatMap((issue) => describe(schema, issue));
  // Reported above, with the reason.
  return { problems: [...reserved, ...issues.filter(({ path }) => !isReserved(path.at(-1)))] };
}

const isReserved = (name: unknown): boolean => typeof name === "string" && name in {};

/** zod and plain lookups treat names like `constructor` and `__proto__` specially: without this check they pass unnoticed. */
function reservedNames(data: unknown, path: readonly PropertyKey[] = [], seen = new Set<unknown>()): Problem[] {
  if (typeof data !== "object" || data === null || seen.has(data)) return [];
  seen.add(data);
  const problem = (name: string): Problem => ({
    path: [...path, name],
    text: `${placeOf([...path, name])}: the name ${JSON.stringify(name)} is reserved, because every object in JavaScript has a property with this name; choose another name`,
  });
  return [
    ...(hasOwnPrototype(data) ? [problem("__proto__")] : []),
    ...Object.entries(data).flatMap(([key, value]) => [
      ...(isReserved(key) ? [problem(key)] : []),
      ...reservedNames(value, [...path, key], seen),
    ]),
  ];
}

/** In an object literal, the key `__proto__` sets the prototype and leaves no key. */
function hasOwnPrototype(data: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(data);
  // The prototype of a class, for example Date, has its constructor.
  return prototype !== null && !Object.hasOwn(prototype, "constructor");
}

/** One problem for each unknown key, otherwise one. */
function describe(schema: z.ZodType, issue: z.core.$ZodIssue): Problem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const allowed = keysAt(schema, path);
    const known = allowed.length > 0 ? `allowed here: ${allowed.join(", ")}` : "remove it";
    return issue.keys.map((key) => {
      const suggestion = didYouMean(key, allowed);
      const where = placeOf([...path, key]);
      const text = suggestion
        ? `${where} is unknown.${suggestion} A${known.slice(1)}`
        : `${where} is unknown; ${known}`;
      return { path: [...path, key], text };
    });
  }
  const where = placeOf(path);
  // A record's key is described by the issue inside; zod's own words for it are only "Invalid key in record".
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  if (inner) return [{ path, text: `${where} is not an allowed name; allowed: ${inner.message}` }];
  const input = inputOf(issue);
  const given = input === undefined ? "is missing" : `is ${shown(input)}`;
  const suggestion =
    issue.code === "invalid_value" && typeof issue.input === "string"
      ? didYouMean(issue.input, issue.values.map(String))
      : "";
  const { message: allowed } = issue;
  const text = suggestion
    ? `${where} ${given}.${suggestion} Allowed: ${allowed}`
    : `${where} ${given}; allowed: ${allowed}`;
  return [{ path, text }];
}

/** The wrong value. If a union has no alternative for an object's kind, zod's input is the whole object. */
function inputOf(issue: z.core.$ZodIssue): unknown {
  if (issue.code !== "invalid_union" || issue.discriminator === undefined) return issue.input;
  return (issue.input as Record<string, unknown>)[issue.discriminator];
}

/** The allowed values, if the schema itself does not describe them. */
function allowedBy(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return inWords[issue.expected] ?? issue.expected;
    case "invalid_value":
      return alternatives(issue.values.map((value) => JSON.stringify(value)));
    case "too_small":
      return sized(issue.inclusive ? "at least" : "more than", issue.minimum, issue);
    case "too_big":
      return sized("at most", issue.maximum, issue);
    default:
      return undefined;
  }
}

/** For example `a, b or c`. */
const alternatives = (values: readonly string[]): string =>
  values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;

function sized(bound: string, limit: number | bigint, { origin }: { readonly origin: string }): string {
  if (origin === "array") return `a list of ${bound} ${limit}`;
  if (origin !== "string") return `${bound} ${limit}`;
  return Number(limit) === 1 ? "text that is not empty" : `text of ${bound} ${limit} characters`;
}

const inWords: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "keys and values",
  record: "keys and values",
  array: "a list",
};

/** The keys of the object at a place of the data; none if the schema allows several shapes there. */
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
