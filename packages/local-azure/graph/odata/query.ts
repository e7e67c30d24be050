import type { FastifyRequest } from "fastify";
import { badRequest } from "../graphError";

/** The query options that are served; any other is refused rather than ignored. */
const options = ["$filter", "$select", "$top", "$skiptoken", "$count", "$expand"] as const;

export type Query = Partial<Record<(typeof options)[number], string>> & {
  /** Whether the request accepts eventual consistency: https://learn.microsoft.com/graph/aad-advanced-queries */
  readonly isEventual: boolean;
  /** Whether it also requests the count, which allows more operators in filters. */
  readonly isAdvanced: boolean;
};

/**
 * @param served default: all, as for a list
 * @throws GraphError for an option that is not served
 */
export function queryOf(request: FastifyRequest, served: readonly string[] = options): Query {
  const given = (request.query ?? {}) as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (!served.includes(name)) {
      const supported = served.length > 0 ? served.join(", ") : "none";
      throw badRequest(`The query option '${name}' is not supported here; supported: ${supported}.`);
    }
    if (typeof value !== "string") throw badRequest(`The query option '${name}' is given more than once.`);
  }
  const { consistencylevel: level = "" } = request.headers;
  const isEventual = String(level).toLowerCase() === "eventual";
  if (level !== "" && !isEventual)
    throw badRequest(`The header 'ConsistencyLevel: ${level}' is not supported here; supported: eventual.`);
  const count = given.$count ?? "false";
  if (count !== "true" && count !== "false")
    throw badRequest(`Invalid value '${count}' for $count query option found.`);
  if (count === "true" && !isEventual) {
    throw badRequest(
      "The query option '$count' needs the header 'ConsistencyLevel: eventual'. Refer to https://aka.ms/graph-docs/advanced-queries for more information",
      "Request_UnsupportedQuery",
    );
  }
  return { ...given, isEventual, isAdvanced: isEventual && count === "true" };
}

/** The options of a request for one object. */
export const objectQueryOf = (request: FastifyRequest): Query => queryOf(request, ["$select", "$expand"]);
