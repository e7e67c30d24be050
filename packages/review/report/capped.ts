/** At most this many lines, and a last line with the number of omitted ones. */
export const capped = (
  lines: readonly string[],
  most: number,
  rest = (more: number): string => `and ${more} more`,
): string[] => (lines.length > most ? [...lines.slice(0, most), rest(lines.length - most)] : [...lines]);
