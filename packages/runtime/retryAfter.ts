/**
 * The delay of a `Retry-After` header, which contains seconds or a date, in milliseconds.
 * https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 *
 * @returns at most an hour, so that a wrong header cannot stop a service permanently; undefined for a missing or invalid header
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Math.min(Number(header) * 1000, longest);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), longest);
}

const longest = 3_600_000;
