import type { Rule } from "../rule";

export const unknownReader: Rule = {
  id: "unknown-reader",
  severity: "high",
  rationale: "A reader that the stack does not make is nobody's workload: people and other teams read along.",
  remedy: "Let only the service's managed identity read its vault.",
  check: ({ model, resources }) => {
    const identities = resources
      .filter(({ type }) => type.endsWith(":UserAssignedIdentity"))
      .map(({ properties }) => `${properties.name}`);
    return model.readers
      .filter(({ reader }) => !identities.includes(reader))
      .map(({ vault, reader }) => ({
        subject: `${reader} at ${vault}`,
        message: "is no managed identity of this stack",
      }));
  },
};
