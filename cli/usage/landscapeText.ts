/** A change of one call. Names are those of the landscape. */
export interface RoleEdit {
  readonly caller: string;
  readonly api: string;
  /** The removed role; absent if the edit only adds a role. */
  readonly remove?: string;
  /** The added role; absent if the edit only removes a role. */
  readonly add?: string;
}

/** A new call with an empty reason. Only a person knows the reason, and the landscape refuses an empty one, so nobody forgets it. */
export const newCall = (role: string): string => `{ roles: [${JSON.stringify(role)}], because: "" }`;

/** Compares a name in a landscape with a name in a resource, where `finance/ledger` is `finance-ledger`. */
export const isNamed = (key: string, name: string): boolean => key === name || key.replaceAll("/", "-") === name;

/** Removes an element of a list or an object, with the comma after it, and with the line if nothing else is on it. */
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
