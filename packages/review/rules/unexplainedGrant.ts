import { saysSomething } from "../reason";
import type { Rule } from "../rule";
import { ofGrant, ofName } from "../subject";

export const unexplainedGrant: Rule = {
  id: "unexplained-grant",
  severity: "medium",
  rationale: "If a grant has no reason, nobody can decide a year later whether it is still needed.",
  remedy:
    "Give a reason of at least two words in `because`. Create grants with an ApplicationPermissionGrant, which requires it.",
  check: ({ model }) => {
    const silent = model.grants.filter(({ because }) => because === undefined);
    const [first] = silent;
    return [
      ...model.grants
        .filter(({ because }) => because !== undefined && !saysSomething(because))
        .map((grant) => ({ subject: ofGrant(grant), message: `is granted because ${JSON.stringify(grant.because)}` })),
      // An assignment without a component has no field for a reason. This is reported once.
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
