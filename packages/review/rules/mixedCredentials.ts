import type { Rule } from "../rule";
import { ofName } from "../subject";

export const mixedCredentials: Rule = {
  id: "mixed-credentials",
  severity: "high",
  rationale: "The weakest credential of a service determines how safe it is.",
  remedy: "Keep only one kind of credential: federated if possible, otherwise a certificate, otherwise a secret.",
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
