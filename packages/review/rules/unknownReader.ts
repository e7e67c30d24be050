import type { Rule } from "../rule";
import { ofReader } from "../subject";

export const unknownReader: Rule = {
  id: "unknown-reader",
  severity: "high",
  rationale:
    "Only the stack's managed identities are services. Any other reader is a person or another team, who can read the secrets too.",
  remedy: "Let only the service's managed identity read its vault, or accept the reader with a waiver.",
  check: ({ model }) =>
    model.readers
      .filter(({ reader }) => !model.identities.includes(reader))
      .map(({ vault, reader, permissions }) => ({
        subject: ofReader({ reader, vault }),
        message: `is not a managed identity of this stack, but has access (${permissions.join(", ") || "nothing"})`,
        extent: { parts: permissions },
      })),
};
