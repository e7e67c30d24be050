import type { Rule } from "../rule";
import { ofName } from "../subject";

export const expiredCredential: Rule = {
  id: "expired-credential",
  severity: "medium",
  rationale:
    "Expired credentials make it hard to see which one is in use, and are a sign that nobody maintains the service.",
  remedy: "Deploy the stack: the rotation removes expired secrets. Renew an expired certificate.",
  check: ({ model, today }) =>
    model.credentials
      // A secret is invalid on the day of its expiry, and a certificate becomes invalid during this day.
      .filter(({ ends }) => ends !== undefined && ends <= today)
      .map(({ name, ends }) => ({ subject: ofName(name), message: `ended on ${ends}` })),
};
