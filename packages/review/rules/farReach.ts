import { reachIn } from "../reach";
import type { Rule } from "../rule";
import { ofName } from "../subject";

/** The maximum number of other APIs at which a service can cause writes, directly or through others. */
const mostWrites = 5;

export const farReach: Rule = {
  id: "far-reach",
  severity: "medium",
  rationale:
    "When a service calls another one, it can make that service use its own roles in turn. An attacker who controls the service reaches everything along these chains of calls.",
  remedy: "Split the service, or remove a call from the chain.",
  check: ({ model }) => {
    const reachOf = reachIn(model);
    return model.services.flatMap((service) => {
      const writes = new Map(
        reachOf(service)
          .filter(({ writes }) => writes)
          .map((reach) => [reach.api, reach]),
      );
      if (writes.size <= mostWrites) return [];
      const ways = [...writes.values()].slice(0, mostWrites + 1).map((reach) => reach.path().join(" → "));
      const rest = writes.size - ways.length;
      return [
        {
          subject: ofName(service),
          extent: { parts: [...writes.keys()] },
          message: `reaches a write on ${writes.size} APIs, at most ${mostWrites} are allowed: ${ways.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`,
        },
      ];
    });
  },
};
