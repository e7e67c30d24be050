import { readFileSync } from "node:fs";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { StartError } from "./startError";

/**
 * Reads the YAML file that an option names.
 *
 * @throws StartError with all problems, each with its line, its place, the value and what is allowed
 */
export function readOptionFile<T>(option: string, file: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(textOf(option, file), { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => `line ${lines.linePos(offset).line}`;
  const errors = document.errors.map(({ pos, message }) => `${lineAt(pos[0])}: not valid YAML: ${message}`);
  if (errors.length > 0) throw problemsOf(option, file, errors);
  const parsed = schema.safeParse(document.toJS(), { reportInput: true, error: allowedBy });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => `${lineAt(offsetOf(document.contents, path))}: ${placeOf(path)} ${wrong(issue)}`);
  });
  throw problemsOf(option, file, problems);
}

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new StartError(`${option}: cannot read ${file}: ${(error as Error).message}`);
  }
}

const problemsOf = (option: string, file: string, problems: readonly string[]): StartError =>
  new StartError(
    [`${option}: ${file} has ${problems.length} problem(s):`, ...problems.map((each) => `  ${each}`)].join("\n"),
  );

function wrong(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `is unknown; ${issue.message}`;
  if (issue.input === undefined) return `is missing; ${issue.message}`;
  return `is ${issue.input === null ? "empty" : JSON.stringify(issue.input).slice(0, 80)}; ${issue.message}`;
}

/** The allowed values, described for people who write YAML, not in the terms of the schema library. */
function allowedBy(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_value":
      return `allowed: ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return `allowed: ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `allowed: at most ${issue.maximum}`;
    case "invalid_type":
      return `allowed: ${typeNames[issue.expected] ?? issue.expected}`;
    case "unrecognized_keys":
      return "remove it, or correct its name: packages/local-azure/README.md lists the keys";
    default:
      return undefined;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "text",
  array: "a list",
  object: "keys and values",
};

const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${String(key)}`)).join("") ||
  "the content";

/** The offset of the value at the longest existing part of the path. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number {
  let [value, offset] = [contents, 0];
  for (const key of path) {
    if (isMap(value)) {
      const pair = value.items.find((each) => isScalar(each.key) && String(each.key.value) === String(key));
      if (!pair) break;
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      value = pair.value;
    } else if (isSeq(value)) {
      const item = value.items[Number(key)];
      offset = isNode(item) ? (item.range?.[0] ?? offset) : offset;
      value = item;
    } else break;
  }
  return offset;
}
