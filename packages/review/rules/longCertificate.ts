import { daysBetween } from "@microservice-identities/validation/days";
import { limits } from "@microservice-identities/validation/limits";
import type { Rule } from "../rule";
import { ofName } from "../subject";

const mostDays = limits.certificateValidityDays;

export const longCertificate: Rule = {
  id: "long-certificate",
  severity: "medium",
  rationale: "A private key that is never changed has been in every backup and on every machine of those years.",
  remedy: `Use certificates of at most ${mostDays} days.`,
  references: ["SCuBA MS.AAD.5.7v1"],
  check: ({ model, today }) =>
    model.credentials.flatMap(({ kind, name, ends }) => {
      const days = daysBetween(today, ends ?? "");
      return kind === "certificate" && days > mostDays
        ? [
            {
              subject: ofName(name),
              message: `is valid until ${ends}; at most ${mostDays} days are allowed`,
              extent: { amount: Date.parse(ends ?? "") },
            },
          ]
        : [];
    }),
};
