import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const prolongedGrant: Rule = {
  id: "prolonged-grant",
  compares: true,
  severity: "high",
  rationale: "A grant was accepted until its end: without one, or with a later one, it is another grant.",
  remedy: "Keep the end, or have the longer need accepted by whoever accepts grants.",
  check: ({ model, before }) => {
    if (!before) return [];
    const old = new Map(before.model.grants.map((grant) => [keyOf(grant.caller, grant.api, grant.role), grant]));
    return model.grants.flatMap((grant) => {
      const was = old.get(keyOf(grant.caller, grant.api, grant.role))?.until;
      if (was === undefined || (grant.until !== undefined && grant.until <= was)) return [];
      const now = grant.until === undefined ? "has no end any more" : `ends on ${grant.until}`;
      return [{ subject: ofGrant(grant), message: `${now}, and was to end on ${was}` }];
    });
  },
};
