import type { Rule } from "../rule";
import { ofName } from "../subject";

export const mixedCredentials: Rule = {
  id: "mixed-credentials",
  severity: "high",
  rationale: "A service is as safe as the weakest credential that it has.",
  remedy: "Leave one kind of credential: federated before certificate before secret.",
  check: ({ model }) =>
    model.services.flatMap((service) => {
      const kinds = new Set(model.credentials.filter((each) => each.service === service).map(({ kind }) => kind));
      return kinds.size > 1
        ? [
            {
              subject: ofName(service),
              message: `has ${[...kinds].sort().join(" and ")}`,
              extent: { parts: [...kinds] },
            },
          ]
        : [];
    }),
};
