import { normalizedId } from "@microservice-identities/well-known/ids";
import { isVaultRole } from "../access/readers";
import { type Right, roleText } from "../access/rights";
import type { Breach, Rule, Severity } from "../rule";
import { ofName } from "../subject";

export const broadDeployer: Rule = {
  id: "broad-deployer",
  severity: "high",
  rationale: "An identity that may change everything, or give rights away, makes every other limit a matter of trust.",
  remedy: "Give a role that names what is done, on the resource that it is done to.",
  references: ["PSRule AZR-000204"],
  check: ({ model }) => {
    const vaults = new Set(model.readers.map(({ vault }) => vault));
    return (
      model.rights
        .filter(({ kind }) => kind === "Azure role")
        // What lets somebody read one vault of this stack is judged as a reader.
        .filter(({ what, at }) => !(isVaultRole(what) && vaults.has(at) && !at.includes("/")))
        .flatMap(breachOf)
    );
  },
};

function breachOf(right: Right): Breach[] {
  const { resource, holder, what, at, tier, because } = right;
  // Beyond one vault of this stack, a reader reads other services' secrets.
  const severity = isVaultRole(what) ? "high" : severityOf(right);
  if (severity === undefined) return [];
  const reason = tier === undefined ? ", which nobody has judged" : because ? `, which ${because}` : "";
  return [
    {
      subject: ofName(resource),
      message: `gives ${holder} ${roleText(right)} on ${at || "nothing that is known"}${reason}`,
      severity,
    },
  ];
}

/** A role that is harmless on one resource is not on every resource of a tenant. */
function severityOf({ tier, at, what, because }: Right): Severity | undefined {
  if (tier === undefined || tier === 0) return "high";
  const scope = normalizedId(at);
  const isTenantWide = scope === "" || scope.startsWith("/providers/microsoft.management/managementgroups/");
  const isWide = isTenantWide || /^\/subscriptions\/[^/]+$/.test(scope);
  // Who only reads one group sees what a team may see. Only of Azure's own roles does the name tell that.
  const isReader = because === undefined && / Reader$|^Reader$/.test(what);
  if (tier === 1 && isReader) return isTenantWide ? "high" : isWide ? "medium" : undefined;
  if (tier === 1) return isTenantWide ? "high" : "medium";
  return isTenantWide && tier === 2 ? "medium" : undefined;
}
