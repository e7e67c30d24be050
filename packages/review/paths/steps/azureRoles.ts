import { lastPart, normalizedId } from "@microservice-identities/well-known/ids";
import type { Opening } from "../../access/openings";
import type { Right } from "../../access/rights";
import type { AccessModel } from "../../accessModel";
import { partyNode, vaultNode } from "../node";
import type { Step, StepKind } from "../step";

/** Who gets into a vault, or becomes a managed identity, by an Azure role on it or above it. */
export const azureRoleSteps = (model: AccessModel): Step[] =>
  model.rights
    .filter(({ kind }) => kind === "Azure role")
    .flatMap((right) => [...intoVaults(right, model), ...intoIdentities(right, model)]);

function intoVaults(right: Right, { vaults = [] }: AccessModel): Step[] {
  const { holder, resource, place, at } = right;
  return vaults
    .filter(({ vault, groups }) => (place === "vault" ? at === vault : covers(right, groups, vault)))
    .flatMap(({ vault, judges }) => {
      const [kind, what] = wayIntoVault(right.opens ?? [], judges) ?? [];
      if (kind === undefined) return [];
      const how = `${holder} ${what} ${vault} ${byRole(right)}.`;
      return [{ kind, from: partyNode(holder, resource), to: vaultNode(vault), how, resource }];
    });
}

/**
 * Only a principal that can assign roles can change a vault from roles to policies.
 * https://learn.microsoft.com/azure/key-vault/general/rbac-guide
 */
function wayIntoVault(opens: readonly Opening[], judges?: "roles" | "policies"): [StepKind, string] | undefined {
  if (opens.includes("reads secrets") && judges !== "policies") return ["reads", "reads the secrets of"];
  if (opens.includes("writes vault policies") && judges !== "roles")
    return ["lets itself into", "writes an access policy for itself at"];
  if (opens.includes("assigns roles")) return ["lets itself into", "assigns itself a role on"];
  if (opens.includes("assigns vault roles") && judges !== "policies")
    return ["lets itself into", "assigns itself a role on"];
  return undefined;
}

function intoIdentities(right: Right, { identities, identityGroups = {} }: AccessModel): Step[] {
  const { holder, resource, place, at, opens = [] } = right;
  const what = waysIntoIdentity.find(([opening]) => opens.includes(opening))?.[1];
  if (what === undefined) return [];
  return identities
    .filter((identity) =>
      place === "managed identity" ? at === identity : covers(right, identityGroups[identity] ?? [], identity),
    )
    .map((identity) => ({
      kind: "runs code as",
      from: partyNode(holder, resource),
      to: partyNode(identity),
      how: `${holder} ${what} ${identity} ${byRole(right)}.`,
      resource,
    }));
}

/** By any of these, its holder becomes the identity. */
const waysIntoIdentity: readonly (readonly [Opening, string])[] = [
  ["runs code as identities", "runs a workload as"],
  ["trusts others for identities", "adds a federated credential to"],
  ["assigns roles", "assigns itself a role on, and runs a workload as"],
];

/** Conditions are not evaluated: the role counts as one without. */
const byRole = ({ what, at, eligible, condition }: Right): string =>
  `by the Azure role ${what}${eligible ? " (eligible)" : ""} on ${at || "everything"}${condition === undefined ? "" : ", under a condition that is not evaluated"}`;

/** Whether a scope contains something: itself, its resource group, or everything in a subscription or above it. */
function covers({ at, place }: Right, groups: readonly string[], name: string): boolean {
  if (place === "resource group") return groups.includes(at);
  if (place !== undefined) return false;
  const scope = normalizedId(at);
  if (scope === "" || scope === "/") return true;
  if (scope.startsWith("/providers/microsoft.management/managementgroups/")) return true;
  // The stack's subscription is not known before a deployment, so every subscription counts.
  if (/^\/subscriptions\/[^/]+$/.test(scope)) return true;
  if (/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/.test(scope)) return groups.includes(lastPart(scope));
  return /\/(vaults|userassignedidentities)\/[^/]+$/.test(scope) && lastPart(scope) === normalizedId(name);
}
