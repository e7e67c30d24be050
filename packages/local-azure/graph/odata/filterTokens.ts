/** A value that a filter compares with. */
export interface Literal {
  readonly type: "string" | "guid" | "date" | "number" | "boolean" | "null";
  readonly value: string | number | boolean | null;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;
const number = /^-?\d+(\.\d+)?$/;

/** Strings, ids, dates, numbers, names and paths, punctuation. */
const token =
  /'(?:[^']|'')*'|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|-?\d+(?:\.\d+)?|[a-z_@][\w./@]*|[(),:]|\S/gi;

export const tokensOf = (filter: string): readonly string[] => filter.match(token) ?? [];

/** Undefined when the token is not a value. */
export function literalOf(token: string): Literal | undefined {
  if (token.startsWith("'")) return { type: "string", value: token.slice(1, -1).replaceAll("''", "'") };
  if (guid.test(token)) return { type: "guid", value: token.toLowerCase() };
  if (date.test(token)) return { type: "date", value: Date.parse(token) };
  if (number.test(token)) return { type: "number", value: Number(token) };
  if (token === "true" || token === "false") return { type: "boolean", value: token === "true" };
  return token === "null" ? { type: "null", value: null } : undefined;
}
