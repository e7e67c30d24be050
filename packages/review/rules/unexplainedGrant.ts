import { saysSomething } from "../reason";
import type { Rule } from "../rule";
import { ofGrant, ofName } from "../subject";

export const unexplainedGrant: Rule = {
  id: "unexplained-grant",
  severity: "medium",
  rationale: "Nobody can judge a year later whether a grant without a reason is still needed.",
  remedy: "Say `because` in at least two words; make grants with an ApplicationPermissionGrant, which asks for it.",
  check: ({ model }) => {
    const silent = model.grants.filter(({ because }) => because === undefined);
    const [first] = silent;
    return [
      ...model.grants
        .filter(({ because }) => because !== undefined && !saysSomething(because))
        .map((grant) => ({ subject: ofGrant(grant), message: `is granted because ${JSON.stringify(grant.because)}` })),
      // An assignment that is written by hand has no place for a reason: that is said once.
      ...(first
        ? [
            {
              subject: ofName("grants"),
              message:
                silent.length === 1
                  ? `have no reason: ${ofGrant(first).text}`
                  : `have no reason: ${silent.length} of them, as ${ofGrant(first).text}`,
              severity: "low" as const,
              extent: { parts: silent.map((grant) => ofGrant(grant).text) },
            },
          ]
        : []),
    ];
  },
};
