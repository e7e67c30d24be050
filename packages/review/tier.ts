import type { MicrosoftAppRole } from "@microservice-identities/well-known/microsoftApis";
import type { Breach, Severity } from "./rule";

const severityOf: readonly Severity[] = ["high", "medium", "low", "low"];
const meaning = [
  "can give itself any right in the tenant",
  "reaches what belongs to others, in the whole tenant",
  "reads, and is not known to lead further",
  "reaches next to nothing",
] as const;

/** What is said of a permission by its published tier. One that nobody has published is as grave as the gravest. */
export function judgementOf(role: MicrosoftAppRole | undefined): Pick<Breach, "message" | "severity"> {
  if (!role) return { message: "is not among the permissions that the API publishes", severity: "high" };
  const { tier, secondOpinion, attackPath } = role;
  if (tier === undefined) return { message: "is a permission that nobody has judged yet", severity: "high" };
  const stricter =
    secondOpinion !== undefined && secondOpinion < tier ? ` (of tier ${secondOpinion} by what it controls)` : "";
  const path = attackPath ? `, by a known ${attackPath} attack path` : "";
  return {
    message: `is of tier ${tier}: it ${meaning[tier]}${path}${stricter}`,
    severity: stricter && tier === 2 ? "medium" : severityOf[tier],
  };
}

/**
 * The same of an API that is not Microsoft Graph. Its tiers are by what a role controls alone, without known attack paths:
 * what changes a whole service is as grave as the gravest, and what reads it reads what is confidential.
 */
export function judgementOfOther(role: MicrosoftAppRole | undefined): Pick<Breach, "message" | "severity"> {
  const { message, severity } = judgementOf(role);
  if (!role || role.tier === undefined || severity === "high") return { message, severity };
  const reads = /\.Read(Basic)?(\.|$)/.test(role.name);
  return {
    message: `is of tier ${role.tier}: it ${reads ? "reads" : "changes"} what belongs to others, in the whole tenant`,
    severity: role.tier === 1 && !reads ? "high" : "medium",
  };
}
