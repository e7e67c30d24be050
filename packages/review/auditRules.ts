import type { Rule } from "./rule";

/** The kinds of findings of an audit. Waivers accept them by these ids, as they accept findings of rules. */
export const auditRules = [
  {
    id: "undeclared-grant",
    severity: "high",
    rationale: "Anyone who holds a role of an API can call it, no matter who assigned the role.",
    remedy: "Declare the call and adopt the assignment, or delete it.",
  },
  {
    id: "undeclared-permission",
    severity: "high",
    rationale: "With a role of another API, a service can do things there that its landscape does not declare.",
    remedy: "Declare the call, or delete the assignment.",
  },
  {
    id: "undeclared-secret",
    severity: "high",
    rationale:
      "Anyone who knows the secret can sign in as the service. Rotation does not replace it, and revocation does not remove it.",
    remedy: "Find out who uses it (the sign-in log has its key id), then delete it.",
  },
  {
    id: "undeclared-certificate",
    severity: "high",
    rationale:
      "Anyone who has the private key can sign in as the service. Rotation does not replace it, and revocation does not remove it.",
    remedy: "Delete the certificate, or declare it in the settings of the service.",
  },
  {
    id: "undeclared-trust",
    severity: "high",
    rationale: "Anyone who gets a token of the issuer for the subject can sign in as the service or its identity.",
    remedy: "Delete the federated credential, or declare the workload in the settings of the service.",
  },
  {
    id: "undeclared-owner",
    severity: "high",
    rationale: "An owner can add a secret to a registration, and sign in as the service with it.",
    remedy: "Remove the owner, or declare it in the settings.",
  },
  {
    id: "undeclared-open-api",
    severity: "high",
    rationale: "Without required assignment, every application of the tenant gets a token for the API.",
    remedy: "Require the assignment again.",
  },
  {
    id: "undeclared-delegated-grant",
    severity: "medium",
    rationale: "A client with a delegated grant acts on behalf of people who sign in to it.",
    remedy: "Delete the grant.",
  },
  {
    id: "undeclared-directory-role",
    severity: "high",
    rationale: "A directory role gives rights over the tenant, or over a registration if that is its scope.",
    remedy: "Remove the role assignment.",
  },
  {
    id: "undeclared-member",
    severity: "high",
    rationale: "A member of a group has the group's rights, and an owner of it adds members.",
    remedy: "Remove it from the group, or declare it in a stack.",
  },
  {
    id: "undeclared-azure-role",
    severity: "high",
    rationale: "An Azure role gives an identity rights over resources that its landscape does not declare.",
    remedy: "Declare the assignment in a stack, or delete it.",
  },
  {
    id: "undeclared-reader",
    severity: "high",
    rationale: "Anyone who can read a vault has the service's secret, and can sign in as the service.",
    remedy: "Delete the access; if it is needed, declare it, or accept it in stacks/waivers.yaml with a reason.",
  },
  {
    id: "undeclared-network",
    severity: "medium",
    rationale: "A wider firewall lets a stolen token reach the vault from more places.",
    remedy: "Deploy with a refresh: it restores the declared firewall.",
  },
] as const satisfies readonly Pick<Rule, "id" | "severity" | "rationale" | "remedy">[];

export type AuditRule = (typeof auditRules)[number]["id"];
