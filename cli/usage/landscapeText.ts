/** A change of one call. Names are those of the landscape. */
export interface RoleEdit {
  readonly caller: string;
  readonly api: string;
  /** The role that is removed; absent for one that is only added. */
  readonly remove?: string;
  /** The role that is added; absent for one that is only removed. */
  readonly add?: string;
}

/** A call whose reason only people know: the landscape refuses an empty one, so that nobody forgets to write it. */
export const newCall = (role: string): string => `{ roles: [${JSON.stringify(role)}], because: "" }`;

/** Names as a landscape writes them, and as resources are named: `finance/ledger` is `finance-ledger` there too. */
export const isNamed = (key: string, name: string): boolean => key === name || key.replaceAll("/", "-") === name;

/** Removes a part of a list or an object: with the comma behind it, and with the line if nothing else is on it. */
export function without(text: string, start: number, end: number): string {
  const behind = /^[^\S\n]*,/.exec(text.slice(end))?.[0].length ?? 0;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const to = end + behind;
  const rest = /^[^\S\n]*(\n|$)/.exec(text.slice(to));
  const isAlone = text.slice(lineStart, start).trim() === "" && rest !== null;
  return isAlone
    ? text.slice(0, lineStart) + text.slice(to + rest[0].length)
    : text.slice(0, start) + text.slice(to).replace(/^[^\S\n]+/, "");
}
