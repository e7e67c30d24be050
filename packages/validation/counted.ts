/** A number with its noun: `counted(1, "day")` is `1 day`, `counted(2, "day")` is `2 days`. For nouns whose plural adds an s. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
