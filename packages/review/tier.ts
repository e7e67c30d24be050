import type { MicrosoftAppRole } from "@microservice-identities/well-known/microsoftApis";
import type { Breach, Severity } from "./rule";

const severityOf: readonly Severity[] = ["high", "medium", "low", "low"];
const meaning = [
  "can give itself any right in the tenant",
  "has access to the data of others in the whole tenant",
  "can read data, and no way to further rights is known",
  "reaches next to nothing",
] as const;

/** The message and severity for a permission, by its published tier. Without one, the severity is high. */
export function judgementOf(role: MicrosoftAppRole | undefined): Pick<Breach, "message" | "severity"> {
  if (!role) return { message: "is not among the permissions that the API publishes", severity: "high" };
  const { tier, secondOpinion, attackPath } = role;
  if (tier === undefined) return { message: "is a permission without a published tier", severity: "high" };
  const stricter =
    secondOpinion !== undefined && secondOpinion < tier ? ` (of tier ${secondOpinion} by what it controls)` : "";
  const path = attackPath ? `, by a known ${attackPath} attack path` : "";
  return {
    message: `is of tier ${tier}: it ${meaning[tier]}${path}${stricter}`,
    severity: stricter && tier === 2 ? "medium" : severityOf[tier],
  };
}

/**
 * The message and severity for an API other than Microsoft Graph. Its tiers consider only what a role controls, not known attack paths: a role
 * that changes a whole service has high severity, and a role that reads it can read confidential data.
 */
export function judgementOfOther(role: MicrosoftAppRole | undefined): Pick<Breach, "message" | "severity"> {
  const { message, severity } = judgementOf(role);
  if (!role || role.tier === undefined || severity === "high") return { message, severity };
  const reads = /\.Read(Basic)?(\.|$)/.test(role.name);
  return {
    message: `is of tier ${role.tier}: it ${reads ? "reads" : "changes"} the data of others in the whole tenant`,
    severity: role.tier === 1 && !reads ? "high" : "medium",
  };
}
