/**
 * Whether one role includes another, by the names that Microsoft's own APIs use: `X.ReadWrite` includes `X.Read` and `X.Write`,
 * `X.All` includes `X`.
 */
export function covers(large: string, small: string): boolean {
  if (large === small) return false;
  const [one, other] = [partsOf(large), partsOf(small)];
  if (one.what !== other.what) return false;
  return one.actions.includes(other.action) && (one.scope === "All" || one.scope === other.scope);
}

/** Whether the name says that the role changes something. Any other action can mean anything. */
export const writes = (role: string): boolean => partsOf(role).actions.includes("Write");

/** The role among others that only reads what a role reads and writes: `X.Read` for `X.Write`; `undefined` for none. */
export function readingOnly(role: string, others: readonly string[]): string | undefined {
  const { what, scope } = partsOf(role);
  const reading = others.filter((other) => partsOf(other).what === what && partsOf(other).action === "Read");
  return reading.find((other) => partsOf(other).scope === scope) ?? reading[0];
}

const included: Record<string, readonly string[]> = {
  ReadWrite: ["Read", "Write", "ReadWrite"],
  Manage: ["Read", "Write", "ReadWrite", "Manage"],
  FullControl: ["Read", "Write", "ReadWrite", "Manage", "FullControl"],
};

function partsOf(role: string) {
  const [what = "", action = "", scope = ""] = role.split(".");
  return { what, action, scope, actions: included[action] ?? [action] };
}
