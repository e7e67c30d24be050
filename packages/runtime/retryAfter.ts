/**
 * Milliseconds that a `Retry-After` header asks for: seconds, or a date.
 * https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 *
 * @returns undefined for no header, or one that says neither
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
