import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import type { Right } from "../access/rights";
import type { Breach, Rule, Severity } from "../rule";
import { ofName } from "../subject";

/** What lets somebody read a vault's secrets is judged as a reader, where it is given on one vault. */
const readerRoles: readonly string[] = [
  azureRoles.keyVaultSecretsUser.name,
  azureRoles.keyVaultSecretsOfficer.name,
  azureRoles.keyVaultAdministrator.name,
];

export const broadDeployer: Rule = {
  id: "broad-deployer",
  severity: "high",
  rationale: "An identity that may change everything, or give rights away, makes every other limit a matter of trust.",
  remedy: "Give a role that names what is done, on the resource that it is done to.",
  references: ["PSRule AZR-000204"],
  check: ({ model }) => {
    const vaults = new Set(model.readers.map(({ vault }) => vault));
    return model.rights
      .filter(({ kind }) => kind === "Azure role")
      .filter(({ what, at }) => !(readerRoles.includes(what) && vaults.has(at) && !at.includes("/")))
      .flatMap(breachOf);
  },
};

function breachOf({ resource, holder, what, at, tier, because }: Right): Breach[] {
  // Beyond one vault of this stack, a reader reads other services' secrets.
  const severity = readerRoles.includes(what) ? "high" : severityOf(tier, at, what);
  if (severity === undefined) return [];
  const reason = tier === undefined ? ", which nobody has judged" : because ? `, which ${because}` : "";
  return [
    {
      subject: ofName(resource),
      message: `gives ${holder} ${what} on ${at || "nothing that is known"}${reason}`,
      severity,
    },
  ];
}

/** A role that is harmless on one resource is not on every resource of a tenant. */
function severityOf(tier: Right["tier"], at: string, what: string): Severity | undefined {
  if (tier === undefined || tier === 0) return "high";
  const isTenantWide = /^\/?$|^\/providers\/microsoft\.management\/managementgroups\//i.test(at);
  const isWide = isTenantWide || /^\/subscriptions\/[^/]+\/?$/i.test(at);
  // Who only reads one group sees what a team may see.
  if (tier === 1 && / Reader$|^Reader$/.test(what)) return isTenantWide ? "high" : isWide ? "medium" : undefined;
  if (tier === 1) return isTenantWide ? "high" : "medium";
  return isTenantWide && tier === 2 ? "medium" : undefined;
}
