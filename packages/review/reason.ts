/** Whether a reason has at least two words, and is not just a character to satisfy a required field. */
export const saysSomething = (reason: string): boolean => (reason.match(/\p{L}{2,}/gu) ?? []).length >= 2;
