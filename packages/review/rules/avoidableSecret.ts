import type { Rule } from "../rule";

export const avoidableSecret: Rule = {
  id: "avoidable-secret",
  severity: "low",
  rationale:
    "A service with a managed identity can prove itself with that identity: no secret can leak that isn't there.",
  remedy: "Set `services.<name>.credential: federated` when the service runs on Azure.",
  references: ["Maester MT.1057", "SCuBA MS.AAD.5.5v1"],
  check: ({ model }) =>
    [...new Set(model.credentials.filter(({ kind }) => kind === "secret").map(({ service }) => service))]
      .filter((service) => model.identities.includes(`id-${service}`))
      .map((service) => ({ subject: service, message: "has a secret where its managed identity would do" })),
};
