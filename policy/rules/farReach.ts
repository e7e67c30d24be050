import { reachOf } from "../reach";
import type { Rule } from "../rule";

/** How many other APIs a service may be able to have changed, through whomever. */
const mostWrites = 5;

export const farReach: Rule = {
  id: "far-reach",
  severity: "medium",
  rationale: "A service can have a callee do what the callee may do: who takes it over reaches as far as all of them.",
  remedy: "Split the service, or take away the call that the chain goes over.",
  check: ({ model }) =>
    model.services.flatMap((service) => {
      const writes = new Map(
        reachOf(model, service)
          .filter(({ writes }) => writes)
          .map(({ api, path }) => [api, path]),
      );
      return writes.size > mostWrites
        ? [
            {
              subject: service,
              message: `reaches a write on ${writes.size} APIs, at most ${mostWrites} are allowed: ${[...writes.values()].map((path) => path.join(" → ")).join("; ")}`,
            },
          ]
        : [];
    }),
};
