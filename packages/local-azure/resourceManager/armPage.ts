import type { FastifyRequest } from "fastify";
import { badRequest } from "./armError";

/** One page of a list, with at most `$top` rows and the address of the next page. */
export function armPage(request: FastifyRequest, rows: readonly object[]): Record<string, unknown> {
  const { $top, $skiptoken = "0" } = request.query as Record<string, string | undefined>;
  const [size, start] = [$top === undefined ? rows.length : Number($top), Number($skiptoken)];
  if (!Number.isInteger(size) || size < 0 || size > 1000)
    throw badRequest("InvalidTopInQueryString", `Invalid $top query value '${$top}': a whole number up to 1000.`);
  if (!Number.isInteger(start) || start < 0)
    throw badRequest("InvalidSkipToken", `The $skiptoken '${$skiptoken}' was not given out.`);
  const end = start + size;
  const next = new URL(request.url, `https://${request.host}`);
  next.searchParams.set("$skiptoken", String(end));
  return { value: rows.slice(start, end), ...(end < rows.length && size > 0 ? { nextLink: next.href } : {}) };
}
