/**
 * Milliseconds that a `Retry-After` header asks for: seconds, or a date.
 * https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 *
 * @returns an hour at most: a mistake on the way must not silence a service for good; undefined for no header, or one that says neither
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Math.min(Number(header) * 1000, longest);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), longest);
}

const longest = 3_600_000;
