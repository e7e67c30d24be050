import { reachIn } from "../reach";
import type { Rule } from "../rule";
import { ofName } from "../subject";

/** How many other APIs a service may be able to have changed, through whomever. */
const mostWrites = 5;

export const farReach: Rule = {
  id: "far-reach",
  severity: "medium",
  rationale: "A service can have a callee do what the callee may do: who takes it over reaches as far as all of them.",
  remedy: "Split the service, or take away the call that the chain goes over.",
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
