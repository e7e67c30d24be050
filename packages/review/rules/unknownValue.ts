import type { Rule } from "../rule";
import { ofName } from "../subject";

export const unknownValue: Rule = {
  id: "unknown-value",
  severity: "high",
  rationale: "The review cannot check an unknown value: it could be any role, identity or scope.",
  remedy:
    "Use a value that is known in a preview: look up an API's roles with `getServicePrincipal`, write ids as text, or review the program instead of an encrypted state.",
  check: ({ model }) =>
    model.unknowns.map(({ resource, property, why }) => ({
      subject: ofName(resource),
      message: `has a ${property} that ${why}`,
      extent: { parts: [property] },
    })),
};
