import { badRequest } from "../graphError";
import { checkProperty, type EntityType, type Row } from "./entityType";
import { type Literal, literalOf, tokensOf } from "./filterTokens";

type Predicate = (row: Row) => boolean;
/** Reads the compared value of a row; undefined if the row has none. */
type Read = (row: Row) => unknown;

const comparisons: Record<string, (given: unknown, literal: Literal) => boolean> = {
  eq: (given, literal) => compare(given, literal) === 0,
  ne: (given, literal) => compare(given, literal) !== 0,
  ge: (given, literal) => (compare(given, literal) ?? -1) >= 0,
  le: (given, literal) => (compare(given, literal) ?? 1) <= 0,
};
const functions: Record<string, (given: string, part: string) => boolean> = {
  startswith: (given, part) => given.startsWith(part),
  endswith: (given, part) => given.endsWith(part),
};
/** https://learn.microsoft.com/graph/aad-advanced-queries */
const advanced = ["ne", "not", "endswith"];

/**
 * `eq`, `ne`, `ge`, `le`, `in`, `startsWith`, `endsWith`, `any`, joined by `and`, `or` and `not`.
 *
 * @param isAdvanced whether the request asks for eventual consistency, which some operators need
 * @throws GraphError for every other filter, and for a property that the type does not have
 */
export function parseFilter(filter: string, type: EntityType, isAdvanced: boolean): Predicate {
  const parser = new FilterParser(filter, type, isAdvanced);
  return parser.whole();
}

class FilterParser {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(
    private readonly filter: string,
    private readonly type: EntityType,
    private readonly isAdvanced: boolean,
  ) {
    this.tokens = tokensOf(filter);
  }

  whole(): Predicate {
    const predicate = this.or((path) => this.property(path));
    if (this.at < this.tokens.length) this.fail();
    return predicate;
  }

  private or(reader: (path: string) => Read): Predicate {
    const parts = [this.and(reader)];
    while (this.accept("or")) parts.push(this.and(reader));
    return (row) => parts.some((part) => part(row));
  }

  private and(reader: (path: string) => Read): Predicate {
    const parts = [this.term(reader)];
    while (this.accept("and")) parts.push(this.term(reader));
    return (row) => parts.every((part) => part(row));
  }

  private term(reader: (path: string) => Read): Predicate {
    if (this.accept("not")) {
      this.checkAdvanced("not");
      const negated = this.term(reader);
      return (row) => !negated(row);
    }
    if (this.accept("(")) {
      const inner = this.or(reader);
      this.expect(")");
      return inner;
    }
    const token = this.next();
    const call = functions[token.toLowerCase()];
    if (call && this.tokens[this.at] === "(") return this.call(token, call, reader);
    if (this.tokens[this.at] === "(" && !token.endsWith("/any")) this.fail();
    if (token.endsWith("/any")) return this.any(reader(token.slice(0, -"/any".length)));
    return this.comparison(token, reader(token));
  }

  private call(
    name: string,
    matches: (given: string, part: string) => boolean,
    reader: (path: string) => Read,
  ): Predicate {
    this.checkAdvanced(name);
    this.expect("(");
    const read = reader(this.next());
    this.expect(",");
    const { type, value } = this.literal();
    this.expect(")");
    if (type !== "string") this.fail();
    const part = String(value).toLowerCase();
    return (row) => {
      const given = read(row);
      return typeof given === "string" && matches(given.toLowerCase(), part);
    };
  }

  /** `uris/any(u:u eq 'x')`, `roles/any(r:r/value eq 'x')`. */
  private any(read: Read): Predicate {
    this.expect("(");
    const variable = this.next();
    this.expect(":");
    const inner = this.or((path) => {
      const [first, ...rest] = path.split("/");
      if (first !== variable) this.fail();
      return (entry) => descend(entry.it, rest);
    });
    this.expect(")");
    return (row) => {
      const given = read(row);
      if (given !== undefined && given !== null && !Array.isArray(given)) this.fail();
      return Array.isArray(given) && given.some((it) => inner({ it }));
    };
  }

  private comparison(path: string, read: Read): Predicate {
    const operator = this.next();
    if (operator === "in") {
      this.expect("(");
      const literals = [this.compatible(path, this.literal())];
      while (this.accept(",")) literals.push(this.compatible(path, this.literal()));
      this.expect(")");
      return (row) => literals.some((literal) => compare(read(row), literal) === 0);
    }
    const matches = comparisons[operator] ?? this.fail();
    this.checkAdvanced(operator);
    const literal = this.compatible(path, this.literal());
    return (row) => matches(read(row), literal);
  }

  private property(path: string): Read {
    if (!/^[a-z@][\w.@]*(\/[a-z]\w*)*$/i.test(path)) this.fail();
    const names = path.split("/");
    checkProperty(this.type, names[0] ?? "");
    return (row) => descend(row, names);
  }

  private compatible(path: string, literal: Literal): Literal {
    const isGuid = this.type.guids?.includes(path) ?? false;
    const isPlain = this.type.properties.includes(path);
    if (isPlain && literal.type !== "null" && (literal.type === "guid") !== isGuid) {
      const [property, value] = [isGuid, literal.type === "guid"].map((each) => (each ? "Edm.Guid" : "Edm.String"));
      throw badRequest(
        `A binary operator with incompatible types was detected. Found operand types '${property}' and '${value}' for operator kind 'Equal'.`,
        "BadRequest",
      );
    }
    return literal;
  }

  private literal(): Literal {
    return literalOf(this.next()) ?? this.fail();
  }

  private checkAdvanced(operator: string): void {
    if (this.isAdvanced || !advanced.includes(operator.toLowerCase())) return;
    const name = `${operator[0]?.toUpperCase()}${operator.slice(1)}`;
    throw badRequest(
      `Operator '${name}' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information`,
      "Request_UnsupportedQuery",
    );
  }

  private next(): string {
    return this.tokens[this.at++] ?? this.fail();
  }

  private accept(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private expect(token: string): void {
    if (this.next() !== token) this.fail();
  }

  private fail(): never {
    throw badRequest(`Invalid filter clause: '${this.filter}'.`, "Request_UnsupportedQuery");
  }
}

function descend(value: unknown, names: readonly string[]): unknown {
  return names.reduce(
    (inner, name) => (typeof inner === "object" && inner !== null ? (inner as Row)[name] : undefined),
    value,
  );
}

/** Compares two values, strings case-insensitively as Graph does. Undefined if they cannot be compared. */
function compare(given: unknown, { type, value }: Literal): number | undefined {
  if (value === null) return given === null || given === undefined ? 0 : undefined;
  if (type === "date") return typeof given === "string" ? Math.sign(Date.parse(given) - Number(value)) : undefined;
  if (typeof given === "string" && typeof value === "string") {
    const [a, b] = [given.toLowerCase(), value.toLowerCase()];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof given === "number" && typeof value === "number") return Math.sign(given - value);
  return given === value ? 0 : undefined;
}
