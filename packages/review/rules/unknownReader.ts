import type { Rule } from "../rule";
import { ofReader } from "../subject";

export const unknownReader: Rule = {
  id: "unknown-reader",
  severity: "high",
  rationale:
    "A reader that is not one of the stack's managed identities is not a workload: people and other teams read along.",
  remedy: "Let only the service's managed identity read its vault; or accept the reader with a waiver.",
  check: ({ model }) =>
    model.readers
      .filter(({ reader }) => !model.identities.includes(reader))
      .map(({ vault, reader, permissions }) => ({
        subject: ofReader({ reader, vault }),
        message: `is not a managed identity of this stack, and may ${permissions.join(", ") || "nothing"}`,
        extent: { parts: permissions },
      })),
};
