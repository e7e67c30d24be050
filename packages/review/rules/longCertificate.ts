import { daysBetween } from "@microservice-identities/validation/days";
import { limits } from "@microservice-identities/validation/limits";
import type { Rule } from "../rule";
import { ofName } from "../subject";

const mostDays = limits.certificateValidityDays;

export const longCertificate: Rule = {
  id: "long-certificate",
  severity: "high",
  rationale: "The longer a private key is in use, the more backups and machines contain a copy of it.",
  remedy: `Use certificates of at most ${mostDays} days.`,
  references: ["SCuBA MS.AAD.5.7v1"],
  check: ({ model, today }) =>
    model.credentials
      .filter(({ kind }) => kind === "certificate")
      .flatMap(({ name, ends }) => {
        if (daysBetween(today, ends ?? "") <= mostDays) return [];
        const end = Date.parse(ends ?? "");
        return [
          {
            subject: ofName(name),
            message: `${ends === undefined ? "has no known end date" : `is valid until ${ends}`}; at most ${mostDays} days are allowed`,
            extent: { amount: Number.isNaN(end) ? Number.MAX_SAFE_INTEGER : end },
          },
        ];
      }),
};
