import { type AuditRule, auditRules } from "@microservice-identities/review/auditRules";
import type { Finding } from "@microservice-identities/review/rule";
import { shell } from "./shell";

/** Something in the tenant or the subscription that no stack declares. */
export interface Extra extends Finding {
  readonly rule: AuditRule;
  /** When it was created, as Azure recorded it, for example `2026-11-20T08:00:00Z`. Default: Azure does not record it. */
  readonly since?: string;
  /** Commands that bring it into the stack. Default: it cannot be taken over. */
  readonly takeOver?: readonly string[];
  /** Commands that remove it. */
  readonly away: readonly string[];
}

interface ExtraParts extends Pick<Extra, "since" | "takeOver" | "away"> {
  /** The name of the audited object, and what it is about. They must be unique for the rule. */
  readonly about: readonly [service: string, ...what: string[]];
  /** Who can do what with it. */
  readonly message: string;
}

export function extra(rule: AuditRule, { about, since, takeOver, ...parts }: ExtraParts): Extra {
  const { severity = "high", remedy = "" } = auditRules.find(({ id }) => id === rule) ?? {};
  return {
    rule,
    severity,
    remedy,
    about,
    subject: about.join(" "),
    ...parts,
    ...(since ? { since } : {}),
    ...(takeOver ? { takeOver } : {}),
  };
}

/** A request to Microsoft Graph with the Azure CLI. @param path for example `servicePrincipals/…` */
export const deleteInGraph = (graph: string, path: string): string =>
  shell`az rest --method DELETE --url ${`${graph}/v1.0/${path}`}`;
