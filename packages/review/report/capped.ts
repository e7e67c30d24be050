/** So many lines at most, and in the place of the others how many more there are. */
export const capped = (
  lines: readonly string[],
  most: number,
  rest = (more: number): string => `and ${more} more`,
): string[] => (lines.length > most ? [...lines.slice(0, most), rest(lines.length - most)] : [...lines]);
