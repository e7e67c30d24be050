import { githubIssuer } from "@microservice-identities/well-known/clouds";
import type { Right } from "../access/rights";
import { issuerIn } from "../access/signInWords";
import type { AccessModel } from "../accessModel";
import type { Rule, Severity } from "../rule";
import { isServiceAccount } from "../serviceAccount";
import { ofName } from "../subject";
import { entraAuthorities, trustedIdentity } from "../trustedIdentity";

export const outsideTrust: Rule = {
  id: "outside-trust",
  severity: "high",
  rationale:
    "Everybody with a token that matches a federated credential can sign in as the service. The subject decides how many tokens match.",
  remedy:
    "Trust the service's managed identity, or a single subject without a wildcard: an environment, not a pull request.",
  references: ["Maester MT.1098"],
  check: ({ model }) => [
    ...model.credentials
      .filter(({ trusts }) => trusts !== undefined)
      .filter(
        ({ service, trusts = "" }) => trustedIdentity(trusts, model) === undefined || isOthers(service, trusts, model),
      )
      .map(({ name, service, trusts = "" }) => ({
        subject: ofName(name),
        message: `lets ${trusts} sign in as ${service}`,
        severity: trustedIdentity(trusts, model) === undefined ? severityOf(trusts) : ("high" as const),
      })),
    ...model.rights
      .filter(({ kind, what }) => kind === "sign-in" && issuerIn(what) !== undefined)
      .map((signIn) => ({
        subject: ofName(signIn.resource),
        message: `lets ${signIn.holder} sign in as ${signIn.at} (${issuerOf(signIn)})`,
        severity: severityOfSignIn(signIn, model),
      })),
  ],
};

/** An identity of the stack that belongs to another service, or that another service also trusts. */
const isOthers = (service: string, trusts: string, { credentials, serviceOfIdentity }: AccessModel): boolean =>
  credentials.some((other) => other.trusts === trusts && other.service !== service) ||
  Object.entries(serviceOfIdentity).some(([identity, other]) => other !== service && trusts.endsWith(`: ${identity}`));

const issuerOf = ({ what }: Right): string => issuerIn(what) ?? what;

/** The service's own managed identity is the service itself. */
function severityOfSignIn(signIn: Right, { readers, credentials, identities }: AccessModel): Severity {
  const { holder, at } = signIn;
  if (isServiceAccount(`${issuerOf(signIn)}: ${holder}`)) return "low";
  const isServices =
    readers.some(({ reader }) => reader === at) || credentials.some(({ trusts }) => trusts?.endsWith(`: ${at}`));
  const isOutside = !identities.includes(at);
  return isServices || isOutside || severityOf(`${issuerOf(signIn)}: ${holder}`) === "high" ? "high" : "low";
}

/** Who can get a token with this subject: with a wildcard or for pull requests, everybody who opens one; with an unknown issuer, anybody. */
function severityOf(trusts: string): Severity {
  if (isServiceAccount(trusts)) return "low";
  const isOpen =
    /[*]|pull_request|\bmatches\b/i.test(trusts) ||
    (trusts.startsWith(githubIssuer) && !/:(environment|ref):/.test(trusts)) ||
    !knownIssuers.some((issuer) => trusts.startsWith(issuer));
  return isOpen ? "high" : "medium";
}

/** Issuers that control their subjects: pipelines of Azure DevOps and GitLab, clusters, workloads in other clouds, Entra. */
const knownIssuers: readonly string[] = [
  `${githubIssuer}: `,
  // The issuer of one company: https://docs.github.com/enterprise-cloud@latest/actions/reference/security/oidc
  `${githubIssuer}/`,
  "https://vstoken.dev.azure.com/",
  "https://gitlab.com: ",
  "https://accounts.google.com: ",
  ...entraAuthorities.map((authority) => `${authority}/`),
];
