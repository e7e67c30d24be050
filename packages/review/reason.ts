/** Whether a reason is more than a character that makes a required field go away. */
export const saysSomething = (reason: string): boolean => (reason.match(/\p{L}{2,}/gu) ?? []).length >= 2;
