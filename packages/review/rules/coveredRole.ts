import type { Grant } from "../accessModel";
import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const coveredRole: Rule = {
  id: "covered-role",
  severity: "medium",
  rationale:
    "If one granted role includes another, the smaller grant has no effect, and nobody notices when it becomes wrong.",
  remedy: "Grant only one of the two roles: the smaller one, if it is enough.",
  check: ({ model }) => {
    const held = new Map<string, Grant[]>();
    for (const grant of model.grants) {
      const pair = keyOf(grant.caller, grant.api);
      held.set(pair, [...(held.get(pair) ?? []), grant]);
    }
    return [...held.values()].flatMap((grants) =>
      grants.flatMap((small) => {
        const large = grants.find((other) => covers(other.role, small.role));
        return large === undefined
          ? []
          : [{ subject: ofGrant(small), message: `is part of ${large.role}, which is granted too` }];
      }),
    );
  },
};

/** By the names that Microsoft's own APIs use: `X.ReadWrite` includes `X.Read` and `X.Write`, `X.All` includes `X`. */
function covers(large: string, small: string): boolean {
  if (large === small) return false;
  const [one, other] = [partsOf(large), partsOf(small)];
  if (one.what !== other.what) return false;
  return one.actions.includes(other.action) && (one.scope === "All" || one.scope === other.scope);
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
