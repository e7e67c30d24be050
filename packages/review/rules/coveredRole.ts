import type { Grant } from "../accessModel";
import { covers } from "../roleName";
import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const coveredRole: Rule = {
  id: "covered-role",
  severity: "medium",
  rationale:
    "If one granted role includes another, the narrower grant has no effect, and nobody notices when the narrower grant is no longer correct.",
  remedy: "Grant only one of the two roles: the narrower one, if it is enough.",
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
