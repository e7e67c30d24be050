/** At most this many lines or names, and as the last one the number of those that are left out. */
export const capped = (
  lines: readonly string[],
  most: number,
  rest = (more: number): string => `and ${more} more`,
): string[] => (lines.length > most ? [...lines.slice(0, most), rest(lines.length - most)] : [...lines]);
