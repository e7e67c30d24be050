import type { Rule } from "../rule";
import { ofName } from "../subject";

export const avoidableSecret: Rule = {
  id: "avoidable-secret",
  severity: "low",
  rationale:
    "A service with a managed identity can sign in with it and needs no client secret. A secret that does not exist cannot leak.",
  remedy: "Set `services.<name>.credential: federated` when the service runs on Azure.",
  references: ["Maester MT.1057", "SCuBA MS.AAD.5.5v1"],
  check: ({ model }) => {
    const services = [
      ...new Set(model.credentials.filter(({ kind }) => kind === "secret").map(({ service }) => service)),
    ]
      .filter((service) => Object.values(model.serviceOfIdentity).includes(service))
      .sort();
    const [first] = services;
    if (first === undefined) return [];
    const others = services.length - 1;
    return [
      {
        subject: ofName("secrets"),
        at: { key: "services" },
        message:
          others === 0
            ? `of ${first} are avoidable: its managed identity is enough`
            : `of ${services.length} services are avoidable: their managed identities are enough`,
        extent: { parts: services },
      },
    ];
  },
};
