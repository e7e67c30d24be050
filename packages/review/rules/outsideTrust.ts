import { githubIssuer } from "@microservice-identities/well-known/clouds";
import type { Rule, Severity } from "../rule";
import { ofName } from "../subject";

export const outsideTrust: Rule = {
  id: "outside-trust",
  severity: "high",
  rationale: "A federated credential lets whoever holds such a token be the service: it is as narrow as its subject.",
  remedy:
    "Trust the service's managed identity, or one subject without a wildcard: an environment, not a pull request.",
  references: ["Maester MT.1098"],
  check: ({ model }) => [
    ...model.credentials
      .filter(({ trusts }) => trusts !== undefined)
      .filter(({ trusts = "" }) => !model.identities.some((identity) => trusts.endsWith(`: ${identity}`)))
      .map(({ name, service, trusts = "" }) => ({
        subject: ofName(name),
        message: `lets ${trusts} sign in as ${service}`,
        severity: severityOf(trusts),
      })),
    ...model.rights
      .filter(({ kind, what }) => kind === "sign-in" && what.startsWith("signs in by"))
      .map(({ resource, holder, what, at }) => ({
        subject: ofName(resource),
        message: `lets ${holder} sign in as ${at} (${what.replace("signs in by ", "").replace(/ as$/, "")})`,
        // One that reads a vault, or that a registration trusts, is a service's own: nobody else is to be it.
        severity:
          model.readers.some(({ reader }) => reader === at) ||
          model.credentials.some(({ trusts }) => trusts?.endsWith(`: ${at}`))
            ? ("high" as const)
            : severityOf(`${what}: ${holder}`) === "high"
              ? ("high" as const)
              : ("low" as const),
      })),
  ],
};

/** Whom a subject stands for: with a wildcard, or of pull requests, for whoever opens one. */
const severityOf = (trusts: string): Severity =>
  /[*]|pull_request|\bmatches\b/i.test(trusts) || (trusts.includes(githubIssuer) && !/:(environment|ref):/.test(trusts))
    ? "high"
    : "medium";
