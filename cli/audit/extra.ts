import type { Right } from "@microservice-identities/review/access/rights";
import { type AuditRule, auditRules } from "@microservice-identities/review/auditRules";
import type { FoundAccess } from "@microservice-identities/review/paths/foundAccess";
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
  /** The access that it gives, for attack paths. Default: none that leads further. */
  readonly access?: FoundAccess;
}

interface ExtraParts extends Pick<Extra, "since" | "takeOver" | "away"> {
  /** The name of the audited object, and what it is about. They must be unique for the rule. */
  readonly about: readonly [service: string, ...what: string[]];
  /** Who can do what with it. */
  readonly message: string;
  readonly access?: Omit<FoundAccess, "rights"> & { readonly rights?: readonly Omit<Right, "resource">[] };
}

export function extra(rule: AuditRule, { about, since, takeOver, access, ...parts }: ExtraParts): Extra {
  const { severity = "high", remedy = "" } = auditRules.find(({ id }) => id === rule) ?? {};
  const subject = about.join(" ");
  const { rights, ...others } = access ?? {};
  return {
    rule,
    severity,
    remedy,
    about,
    subject,
    ...parts,
    ...(since ? { since } : {}),
    ...(takeOver ? { takeOver } : {}),
    ...(access
      ? {
          access: {
            ...others,
            ...(rights ? { rights: rights.map((right) => ({ ...right, resource: subject })) } : {}),
          },
        }
      : {}),
  };
}

// The resource is named, because the Azure CLI guesses it from the address and knows only the addresses of some clouds.

/** A deletion in Microsoft Graph with the Azure CLI. @param path for example `servicePrincipals/…` */
export const deleteInGraph = (graph: string, path: string): string =>
  shell`az rest --method DELETE --resource ${graph} --url ${`${graph}/v1.0/${path}`}`;

/** A POST to Microsoft Graph with the Azure CLI. */
export const postToGraph = (graph: string, path: string, body: object): string =>
  shell`az rest --method POST --resource ${graph} --url ${`${graph}/v1.0/${path}`} --body ${JSON.stringify(body)}`;

/** A PUT to Resource Manager with the Azure CLI, which adds the address of the cloud. */
export const putToAzure = (path: string, version: string, body: object): string =>
  shell`az rest --method PUT --url ${`${path}?api-version=${version}`} --body ${JSON.stringify(body)}`;
