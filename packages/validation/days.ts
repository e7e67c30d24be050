import { counted } from "./counted";

/** In milliseconds. UTC has no daylight saving. */
export const oneDay = 86_400_000;

/** The day of a moment in UTC, as people write it: `2026-11-25`. @param moment milliseconds since 1970, a date or RFC 3339 */
export const isoDay = (moment: number | Date | string): string => new Date(moment).toISOString().slice(0, 10);

/** Today in UTC, for example `2026-11-25`: the default day of deployments and reviews. */
export const today = (): string => isoDay(Date.now());

/** When a day begins. @param day for example `2026-11-25` */
export const startOf = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** From one moment to another, in days; negative if `to` is earlier. @param from a day, or RFC 3339; @param to likewise */
export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / oneDay;

/** How long before `today` a day was: `today`, `1 day ago`, `30 days ago`. @param day not later than `today` */
export function agoInWords(day: string, today: string): string {
  const days = daysBetween(day, today);
  return days === 0 ? "today" : `${counted(days, "day")} ago`;
}
