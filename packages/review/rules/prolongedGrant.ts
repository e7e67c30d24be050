import type { Rule } from "../rule";
import { keyOf, ofGrant } from "../subject";

export const prolongedGrant: Rule = {
  id: "prolonged-grant",
  compares: true,
  severity: "high",
  rationale: "Reviewers accepted the grant until its last day. A later day, or none, needs a new decision.",
  remedy: "Keep the last day, or let the approver of grants approve the longer period.",
  check: ({ model, before }) => {
    if (!before) return [];
    const old = new Map(before.model.grants.map((grant) => [keyOf(grant.caller, grant.api, grant.role), grant]));
    return model.grants.flatMap((grant) => {
      const was = old.get(keyOf(grant.caller, grant.api, grant.role))?.until;
      if (was === undefined || (grant.until !== undefined && grant.until <= was)) return [];
      const now = grant.until === undefined ? "no longer has an end" : `ends on ${grant.until}`;
      return [{ subject: ofGrant(grant), message: `${now}, but was accepted until ${was}` }];
    });
  },
};
