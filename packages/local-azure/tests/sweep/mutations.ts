/** One wrong thing in a body that is right otherwise. */
export interface Mutation {
  readonly kind: string;
  readonly path: readonly (string | number)[];
  /** What is at the path now. */
  readonly value: unknown;
  readonly body: unknown;
}

/** Members whose names the client chooses. */
const maps = ["tags", "headers"];
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Every member replaced by values of other types and by values that Azure does not know, and an unknown member in every object. */
export function mutationsOf(body: Readonly<Record<string, unknown>>): Mutation[] {
  const found: Mutation[] = [];
  const add = (kind: string, path: Mutation["path"], value: unknown) =>
    found.push({ kind, path, value, body: replaced(body, path, value) });
  const walk = (value: unknown, path: Mutation["path"]) => {
    for (const [kind, wrong] of wrongValues(value)) if (path.length > 0) add(kind, path, wrong);
    if (Array.isArray(value)) {
      add("repeated", path, [...value, ...value]);
      add("empty", path, []);
      for (const [index, each] of value.entries()) walk(each, [...path, index]);
    } else if (isObject(value) && !maps.includes(String(path.at(-1)))) {
      add("unknown member", [...path, "unknownMember"], 1);
      for (const [name, each] of Object.entries(value)) walk(each, [...path, name]);
    }
  };
  walk(body, []);
  return found;
}

function wrongValues(value: unknown): [kind: string, value: unknown][] {
  const types = [1.5, "another", true, { unknownMember: 1 }, ["another"]];
  const others = types
    .filter((each) => typeOf(each) !== typeOf(value))
    .map((each): [string, unknown] => ["type", each]);
  const nothing: [string, unknown][] = value === null ? [] : [["null", null]];
  if (typeof value === "string") {
    const known: [string, unknown][] = guid.test(value) ? [["unknown id", "6f3c1b0e-5a77-4a51-8d3c-2f0f5d9affff"]] : [];
    return [...others, ...nothing, ...known, ["unknown text", "another-value"], ["empty text", ""]];
  }
  if (typeof value === "number") return [...others, ...nothing, ["negative", -1], ["fraction", 1.5], ["large", 1e12]];
  return [...others, ...nothing];
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? "array" : typeof value);
const isObject = (value: unknown): value is Record<string, unknown> => typeOf(value) === "object" && value !== null;

export function replaced(value: unknown, [name, ...rest]: Mutation["path"], by: unknown): unknown {
  if (name === undefined) return by;
  if (Array.isArray(value)) return value.map((each, index) => (index === name ? replaced(each, rest, by) : each));
  const object = value as Record<string, unknown>;
  return { ...object, [name]: replaced(object[name], rest, by) };
}

export const valueAt = (value: unknown, path: Mutation["path"]): unknown =>
  path.reduce((inner: unknown, name) => (inner as Record<string, unknown> | null | undefined)?.[name], value);
