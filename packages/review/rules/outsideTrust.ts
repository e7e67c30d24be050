import { githubIssuer } from "@microservice-identities/well-known/clouds";
import type { Right } from "../access/rights";
import type { AccessModel } from "../accessModel";
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
      .map((signIn) => ({
        subject: ofName(signIn.resource),
        message: `lets ${signIn.holder} sign in as ${signIn.at} (${issuerOf(signIn)})`,
        severity: severityOfSignIn(signIn, model),
      })),
  ],
};

const issuerOf = ({ what }: Right): string => what.replace(/^signs in by | as$/g, "");

/** A managed identity that is a service's own is the service: nobody else is to be it. */
function severityOfSignIn(signIn: Right, { readers, credentials }: AccessModel): Severity {
  const { holder, at, what } = signIn;
  // A pod of a cluster is the service itself, when the subject names one service account of it.
  if (clusterIssuer.test(issuerOf(signIn)) && /^system:serviceaccount:[^:*]+:[^:*]+$/.test(holder)) return "low";
  const isServices =
    readers.some(({ reader }) => reader === at) || credentials.some(({ trusts }) => trusts?.endsWith(`: ${at}`));
  return isServices || severityOf(`${what}: ${holder}`) === "high" ? "high" : "low";
}

/** https://learn.microsoft.com/azure/aks/workload-identity-overview */
const clusterIssuer = /^https:\/\/[a-z0-9]+\.oic\.prod-aks\.azure\.com\//;

/** Whom a subject stands for: with a wildcard, or of pull requests, for whoever opens one. */
const severityOf = (trusts: string): Severity =>
  /[*]|pull_request|\bmatches\b/i.test(trusts) || (trusts.includes(githubIssuer) && !/:(environment|ref):/.test(trusts))
    ? "high"
    : "medium";
