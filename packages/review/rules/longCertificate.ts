import { limits } from "@microservice-identities/validation/limits";
import type { Rule } from "../rule";

const mostDays = limits.certificateValidityDays;

export const longCertificate: Rule = {
  id: "long-certificate",
  severity: "medium",
  rationale: "A private key that is never changed has been in every backup and on every machine of those years.",
  remedy: `Use certificates of at most ${mostDays} days.`,
  references: ["SCuBA MS.AAD.5.7v1"],
  check: ({ model, today }) =>
    model.credentials.flatMap(({ kind, name, ends }) => {
      const days = (Date.parse(ends ?? "") - Date.parse(today)) / 86_400_000;
      return kind === "certificate" && days > mostDays
        ? [{ subject: name, message: `is valid for ${days} days more, at most ${mostDays} are allowed` }]
        : [];
    }),
};
