import { badRequest } from "./graphError";

type Row = Record<string, unknown>;

/** The query options that are served; any other is refused rather than ignored. */
const options = ["$filter", "$select", "$top", "$skiptoken", "$expand"] as const;
type Query = Partial<Record<(typeof options)[number], string>>;

export const maximumPage = 999;
const defaultPage = 100;

/** @throws GraphError for an option that is not served */
export function queryOf(query: unknown): Query {
  for (const [name, value] of Object.entries((query ?? {}) as Row)) {
    if (!(options as readonly string[]).includes(name) || name === "$expand") {
      throw badRequest(
        `The query option '${name}' is not supported here; supported: ${options.slice(0, 4).join(", ")}.`,
      );
    }
    if (typeof value !== "string") throw badRequest(`The query option '${name}' is given more than once.`);
  }
  return query as Query;
}

/**
 * Those of many objects that a filter by one name can mean, so that only they are made into rows: clients begin with such a
 * filter, and it has to stay fast in a large tenant. The filter itself still decides.
 */
export function candidates<T extends { readonly appId: string; readonly displayName: string }>(
  objects: Iterable<T>,
  { $filter = "" }: Query,
): T[] {
  const [, property, quoted] = /^(appId|displayName) eq '((?:[^']|'')*)'$/.exec($filter) ?? [];
  if (property === undefined || quoted === undefined) return [...objects];
  const wanted = quoted.replaceAll("''", "'").toLowerCase();
  return [...objects].filter((each) => each[property as "appId" | "displayName"].toLowerCase() === wanted);
}

/** One page of a collection, filtered and cut to the selected properties. */
export function page(context: string, address: string, rows: readonly Row[], query: Query): Row {
  const matching = query.$filter === undefined ? rows : rows.filter(parseFilter(query.$filter));
  const size = query.$top === undefined ? defaultPage : pageSize(query.$top);
  const start = query.$skiptoken === undefined ? 0 : Number(Buffer.from(query.$skiptoken, "base64url").toString());
  if (!Number.isInteger(start) || start < 0)
    throw badRequest("The value of '$skiptoken' is not one that was given out.");
  const next = start + size;
  return {
    "@odata.context": context,
    ...(next < matching.length ? { "@odata.nextLink": nextLink(address, query, next) } : {}),
    value: matching.slice(start, next).map((row) => select(row, query.$select)),
  };
}

export function select(row: Row, selection: string | undefined): Row {
  if (selection === undefined) return row;
  const names = selection.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!(name in row)) throw badRequest(`Could not find a property named '${name}'.`);
  }
  return Object.fromEntries(["id", ...names].flatMap((name) => (name in row ? [[name, row[name]]] : [])));
}

function pageSize(top: string): number {
  const size = Number(top);
  if (Number.isInteger(size) && size >= 1 && size <= maximumPage) return size;
  throw badRequest(
    `Invalid page size '${top}' specified. Must be between 1 and ${maximumPage} inclusive.`,
    "Request_UnsupportedQuery",
  );
}

function nextLink(address: string, query: Query, next: number): string {
  const parameters = new URLSearchParams({ ...query, $skiptoken: Buffer.from(String(next)).toString("base64url") });
  return `${address}?${parameters}`;
}

type Predicate = (row: Row) => boolean;

/**
 * The filters that clients of this project send: `eq`, `startswith`, `any`, joined by `and` and `or`.
 *
 * @throws GraphError for every other filter
 */
export function parseFilter(filter: string): Predicate {
  const tokens = filter.match(/'(?:[^']|'')*'|[A-Za-z_][\w./]*|[(),:]|\S/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw badRequest(`Invalid filter clause: '${filter}'.`, "Request_UnsupportedQuery");
  };
  const next = (): string => tokens[at++] ?? fail();
  const expect = (token: string): void => void (next() === token || fail());

  const or = (): Predicate => {
    let left = and();
    while (tokens[at] === "or") {
      at++;
      const [a, b] = [left, and()];
      left = (row) => a(row) || b(row);
    }
    return left;
  };
  const and = (): Predicate => {
    let left = term();
    while (tokens[at] === "and") {
      at++;
      const [a, b] = [left, term()];
      left = (row) => a(row) && b(row);
    }
    return left;
  };
  const term = (): Predicate => {
    const token = next();
    if (token === "(") {
      const inner = or();
      expect(")");
      return inner;
    }
    if (token === "startswith") {
      expect("(");
      const property = next();
      expect(",");
      const prefix = literal();
      expect(")");
      return (row) => String(row[property]).toLowerCase().startsWith(String(prefix).toLowerCase());
    }
    if (token.endsWith("/any")) {
      expect("(");
      const variable = next();
      expect(":");
      if (next() !== variable) fail();
      expect("eq");
      const value = literal();
      expect(")");
      const property = token.slice(0, -"/any".length);
      return (row) => Array.isArray(row[property]) && row[property].some((entry) => same(entry, value));
    }
    if (!/^[A-Za-z]\w*$/.test(token)) fail();
    expect("eq");
    const value = literal();
    return (row) => (token in row || fail()) && same(row[token], value);
  };
  const literal = (): unknown => {
    const token = next();
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token === "true" || token === "false") return token === "true";
    return token === "null" ? null : fail();
  };

  const predicate = or();
  if (at < tokens.length) fail();
  return predicate;
}

/** Graph compares strings without regard to case. */
const same = (a: unknown, b: unknown): boolean =>
  typeof a === "string" && typeof b === "string" ? a.toLowerCase() === b.toLowerCase() : a === b;
