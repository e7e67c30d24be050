import type { Rule } from "../rule";
import { ofName } from "../subject";

export const expiredCredential: Rule = {
  id: "expired-credential",
  severity: "medium",
  rationale: "Credentials that have ended hide the one that counts, and tell that nobody looks after the service.",
  remedy: "Deploy: a rotation takes the ended ones away. Renew a certificate.",
  check: ({ model, today }) =>
    model.credentials
      // A secret is not valid any more on the day that it ends, and a certificate for a part of it.
      .filter(({ ends }) => ends !== undefined && ends <= today)
      .map(({ name, ends }) => ({ subject: ofName(name), message: `ended on ${ends}` })),
};
