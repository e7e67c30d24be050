import { auditRules } from "@microservice-identities/review/auditRules";
import { type Finding, type Severity, severities } from "@microservice-identities/review/rule";
import { noWaivers, type WaivedFinding, type Waivers, waive } from "@microservice-identities/review/waivers";
import type { BulkReader } from "../adoption/tenant";
import type { Declared } from "./declared";
import { directoryRoleExtras } from "./directoryRoles";
import type { Extra } from "./extra";
import { grantExtras } from "./grants";
import { groupExtras } from "./groupAccess";
import { PrincipalRights } from "./principalRights";
import { Reading, type Unseen } from "./reading";
import { registrationExtras } from "./registrations";
import { azureExtras } from "./vaults";

export interface Audit {
  readonly stack: string;
  /** The day of the audit, for example `2026-11-25`. */
  readonly today: string;
  /** How many objects were audited. */
  readonly audited: { readonly services: number; readonly identities: number; readonly vaults: number };
  /** Extras, the most serious first, and findings about waivers. */
  readonly findings: readonly (Extra | Finding)[];
  readonly waived: readonly WaivedFinding[];
  /** Data that could not be read, so the audit makes no statement about it. */
  readonly unseen: readonly Unseen[];
  /** Data that does not exist, because the tenant has no licence for it. */
  readonly unlicensed: readonly string[];
}

export interface AuditOptions {
  readonly stack: string;
  readonly today: string;
  readonly waivers?: Waivers;
}

/** Lists undeclared access to a stack's objects in the tenant and the subscription. It changes nothing. */
export async function audit(
  declared: Declared,
  tenant: BulkReader,
  { stack, today, waivers = noWaivers }: AuditOptions,
): Promise<Audit> {
  const reading = new Reading(tenant);
  const rights = new PrincipalRights();
  const parts = await Promise.all([
    registrationExtras(declared, reading),
    grantExtras(declared, reading, rights),
    directoryRoleExtras(declared, reading, rights),
    azureExtras(declared, reading, rights),
  ]);
  // This is the last step, because it needs all principals with rights: some of them are groups.
  parts.push(await groupExtras(declared, reading, rights));
  const { findings, waived } = waive(parts.flat(), waivers, { stack, today }, auditRules);
  const { services, identities, vaults } = declared;
  return {
    stack,
    today,
    audited: { services: services.length, identities: identities.length, vaults: vaults.length },
    findings: sorted(findings),
    waived,
    unseen: reading.unseen,
    unlicensed: reading.unlicensed,
  };
}

/** 0: nothing undeclared was found; 1: something was; 2: nothing was found, but something could not be read. */
export const auditExitCode = ({ findings, unseen }: Pick<Audit, "findings" | "unseen">): number =>
  findings.length > 0 ? 1 : unseen.length > 0 ? 2 : 0;

/** The data that the audit never reads. Each report lists it, so that readers do not assume that it was checked. */
export const neverLookedAt =
  "eligible members of groups, people with directory roles over the whole tenant, and the users of the pipelines";

/** The last line of every report: its conclusion. */
export function conclusion({ stack, audited, findings, waived, unseen, unlicensed }: Audit): string {
  const { services, identities, vaults } = audited;
  const what = `${services} registrations, ${identities} identities and ${vaults} vaults of ${stack}`;
  const accepted = waived.length > 0 ? ` (${waived.length} accepted in waivers)` : "";
  const missing =
    unseen.length > 0
      ? ` It could not read ${unseen.map((each) => each.what).join(", ")}, so nothing is known about these.`
      : "";
  const absent =
    unlicensed.length > 0
      ? `; not listed, because the tenant has no licence of Entra ID P2: ${unlicensed.join(", ")}`
      : "";
  if (findings.length > 0)
    return `${findings.length} undeclared ${findings.length === 1 ? "thing was" : "things were"} found at the ${what}${accepted}${absent}.${missing}`;
  if (unseen.length > 0)
    return `Not known: nothing undeclared was found at the ${what}${accepted}, but not everything could be read${absent}.${missing}`;
  return `Nothing undeclared was found at the ${what}${accepted}; not checked: ${neverLookedAt}${absent}.`;
}

const sorted = <T extends { readonly severity: Severity; readonly rule: string; readonly subject: string }>(
  rows: readonly T[],
): T[] => {
  const rank = ({ severity }: T) => severities.indexOf(severity);
  return rows.toSorted(
    (one, other) =>
      rank(other) - rank(one) || one.rule.localeCompare(other.rule) || one.subject.localeCompare(other.subject),
  );
};
