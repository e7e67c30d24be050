import type { Rule } from "../rule";
import { ofName } from "../subject";

export const unknownValue: Rule = {
  id: "unknown-value",
  severity: "high",
  rationale: "What is not known cannot be judged: it may be any role, anybody, any scope.",
  remedy:
    "Give a value that is known in a preview: look an API's roles up with `getServicePrincipal`, write ids out, review the program in place of an encrypted state.",
  check: ({ model }) =>
    model.unknowns.map(({ resource, property, why }) => ({
      subject: ofName(resource),
      message: `has a ${property} that ${why}`,
      extent: { parts: [property] },
    })),
};
