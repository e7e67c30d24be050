import type { FastifyRequest } from "fastify";
import { badRequest } from "./armError";

/** One page of a list, with at most `$top` rows and the address of the next page. */
export function armPage(request: FastifyRequest, rows: readonly object[]): Record<string, unknown> {
  const { $top, $skiptoken = "0" } = request.query as Record<string, string | undefined>;
  if ($top !== undefined && (!/^\d+$/.test($top) || Number($top) > 1000))
    throw badRequest(
      "InvalidTopInQueryString",
      `Invalid $top query value '${$top}': it must be a whole number from 0 to 1000.`,
    );
  if (!/^\d+$/.test($skiptoken))
    throw badRequest("InvalidSkipToken", `The $skiptoken '${$skiptoken}' was not given out.`);
  const [size, start] = [$top === undefined ? rows.length : Number($top), Number($skiptoken)];
  const end = start + size;
  const next = new URL(request.url, `https://${request.host}`);
  next.searchParams.set("$skiptoken", String(end));
  return { value: rows.slice(start, end), ...(end < rows.length && size > 0 ? { nextLink: next.href } : {}) };
}
