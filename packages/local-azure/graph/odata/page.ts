import type { FastifyReply, FastifyRequest } from "fastify";
import { badRequest } from "../graphError";
import { checkProperty, type EntityType, type Row } from "./entityType";
import { parseFilter } from "./filter";
import { type Query, queryOf } from "./query";

export const maximumPage = 999;
const defaultPage = 100;

/** The relations that `$expand` can add to a row, by name. */
export type Expansions<T extends Row> = Readonly<Record<string, (row: T) => readonly Row[]>>;

/**
 * The objects that can match a filter by name or id, so that only these are converted to rows: clients often send such a filter,
 * which must be fast in a large tenant. The filter itself still decides.
 */
export function candidates<T extends { readonly appId: string; readonly displayName: string }>(
  objects: Iterable<T>,
  { $filter = "" }: Query,
): T[] {
  const [, listed] = /^appId in \(('[^']*'(?:, ?'[^']*')*)\)$/.exec($filter) ?? [];
  if (listed !== undefined) {
    const ids = new Set(listed.split(",").map((id) => id.trim().slice(1, -1).toLowerCase()));
    return [...objects].filter(({ appId }) => ids.has(appId));
  }
  const [, property, quoted] = /^(appId|displayName) eq '((?:[^']|'')*)'$/.exec($filter) ?? [];
  if (property === undefined || quoted === undefined) return [...objects];
  const wanted = quoted.replaceAll("''", "'").toLowerCase();
  return [...objects].filter((each) => each[property as "appId" | "displayName"].toLowerCase() === wanted);
}

/** One page of a collection, filtered, expanded and cut to the selected properties. */
export function page<T extends Row>(
  context: string,
  address: string,
  type: EntityType,
  rows: readonly T[],
  query: Query,
  expansions: Expansions<T> = {},
): Row {
  checkQuery(type, query, expansions);
  const matching = matchingRows(type, rows, query);
  const size = query.$top === undefined ? defaultPage : pageSize(query.$top);
  const token = query.$skiptoken === undefined ? "0" : Buffer.from(query.$skiptoken, "base64url").toString();
  if (!/^\d+$/.test(token)) throw badRequest("The value of '$skiptoken' is not one that an earlier answer contained.");
  const start = Number(token);
  const next = start + size;
  return {
    "@odata.context": context,
    ...(query.$count === "true" ? { "@odata.count": matching.length } : {}),
    ...(next < matching.length ? { "@odata.nextLink": nextLink(address, query, next) } : {}),
    value: matching.slice(start, next).map((row) => selected(type, row, query, expansions)),
  };
}

/** Answers `/$count`: how many rows a filter leaves, as text. */
export function sendCount(
  request: FastifyRequest,
  reply: FastifyReply,
  type: EntityType,
  rows: readonly Row[],
): FastifyReply {
  const query = queryOf(request, ["$filter"]);
  if (!query.isEventual) throw badRequest("$count is not currently supported.");
  const count = matchingRows(type, rows, { ...query, isAdvanced: true }).length;
  return reply.type("text/plain").send(String(count));
}

/** A row with the relations of `$expand`, reduced to the properties of `$select`. */
export function selected<T extends Row>(type: EntityType, row: T, query: Query, expansions: Expansions<T> = {}): Row {
  checkQuery(type, query, expansions);
  const expanded = namesIn(query.$expand).map((name): [string, readonly Row[]] => [
    name,
    expansions[name]?.(row) ?? [],
  ]);
  if (query.$select === undefined) return { ...row, ...Object.fromEntries(expanded) };
  const kept = namesIn(query.$select).flatMap((name): [string, unknown][] => (name in row ? [[name, row[name]]] : []));
  return Object.fromEntries([...kept, ...expanded]);
}

/** @throws GraphError for a property or relation that does not exist, also where no row has it */
function checkQuery<T extends Row>(type: EntityType, { $select, $expand }: Query, expansions: Expansions<T>): void {
  for (const name of namesIn($select)) checkProperty(type, name);
  const unknown = namesIn($expand).find((name) => expansions[name] === undefined);
  if (unknown === undefined) return;
  const allowed = Object.keys(expansions).join(", ") || "nothing";
  throw badRequest(`'$expand' of '${unknown}' is not supported here; supported: ${allowed}.`);
}

const namesIn = (given: string | undefined): string[] => given?.split(",").map((name) => name.trim()) ?? [];

function matchingRows<T extends Row>(
  type: EntityType,
  rows: readonly T[],
  { $filter, isAdvanced }: Query,
): readonly T[] {
  return $filter === undefined ? rows : rows.filter(parseFilter($filter, type, isAdvanced));
}

function pageSize(top: string): number {
  const size = Number(top);
  if (/^\d+$/.test(top) && size >= 1 && size <= maximumPage) return size;
  throw badRequest(
    `Invalid page size '${top}' specified. Must be between 1 and ${maximumPage} inclusive.`,
    "Request_UnsupportedQuery",
  );
}

function nextLink(address: string, { isAdvanced: _, isEventual: __, ...query }: Query, next: number): string {
  const parameters = new URLSearchParams({ ...query, $skiptoken: Buffer.from(String(next)).toString("base64url") });
  return `${address}?${parameters}`;
}
