import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { normalizedId } from "@microservice-identities/well-known/ids";
import { type Right, roleText } from "../access/rights";
import type { Breach, Rule, Severity } from "../rule";
import { ofName } from "../subject";

export const broadDeployer: Rule = {
  id: "broad-deployer",
  severity: "high",
  rationale: "An identity that can change everything, or grant rights to others, can remove every other limit.",
  remedy: "Assign a role with only the needed actions, on only the resources that need them.",
  references: ["PSRule AZR-000204"],
  check: ({ model }) =>
    model.rights
      .filter(({ kind }) => kind === "Azure role")
      // Other rules check the readers of a single vault of this stack.
      .filter(({ usesVaults, place }) => !(usesVaults && place === "vault"))
      .flatMap(breachOf),
};

function breachOf(right: Right): Breach[] {
  const { resource, holder, at, tier, because, usesVaults, unknown } = right;
  // With a larger scope than one vault of this stack, a reader can read other services' secrets.
  const severity = usesVaults ? "high" : severityOf(right);
  if (severity === undefined) return [];
  const reason = tier === undefined ? ", which has no published tier" : because ? `, which ${because}` : "";
  return [
    {
      subject: ofName(resource),
      message: `gives ${holder} ${roleText(right)} on ${at || "nothing that is known"}${reason}`,
      severity,
      // What a custom role allows is in another resource, its definition.
      ...(unknown || tier === undefined ? { assumed: true as const } : {}),
    },
  ];
}

/** A role that is harmless on one resource can be harmful on the whole tenant. */
function severityOf({ tier, at, what, because, place }: Right): Severity | undefined {
  // On the identity of one service: it runs code as this service, and does nothing else.
  if (what === azureRoles.managedIdentityOperator.name && place === "managed identity") return "medium";
  if (tier === undefined || tier === 0) return "high";
  const scope = normalizedId(at);
  const isTenantWide = scope === "" || scope.startsWith("/providers/microsoft.management/managementgroups/");
  const isWide = isTenantWide || /^\/subscriptions\/[^/]+$/.test(scope);
  // A reader of one resource group sees only what a team may see. The name proves this only for Azure's own roles.
  const isReader = because === undefined && / Reader$|^Reader$/.test(what);
  if (tier === 1 && isReader) return isTenantWide ? "high" : isWide ? "medium" : undefined;
  if (tier === 1) return isTenantWide ? "high" : "medium";
  return isTenantWide && tier === 2 ? "medium" : undefined;
}
