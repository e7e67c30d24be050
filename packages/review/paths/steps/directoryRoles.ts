import { roleText } from "../../access/rights";
import type { AccessModel } from "../../accessModel";
import { directoryRoleNode, globalAdministrator, partyNode } from "../node";
import type { Step } from "../step";
import { consentSteps, credentialSteps, memberSteps, roleManagementSteps } from "./grants";

/** Who has a directory role, and what it leads to. A role that is limited to one registration leads to this one alone. */
export const directoryRoleSteps = (model: AccessModel): Step[] =>
  model.rights
    .filter(({ kind }) => kind === "directory role")
    .flatMap((right): Step[] => {
      const { holder, what, at, place, tier, opens = [], resource } = right;
      const isTenantWide = at === "";
      const service = place === "registration" ? at : undefined;
      const node = directoryRoleNode(what, isTenantWide && tier === 0, at);
      const over = service === undefined ? model : { ...model, services: [service] };
      const held: Step = {
        kind: "holds",
        from: partyNode(holder, resource),
        to: node,
        how: `${holder} has the directory role ${roleText(right)}${isTenantWide ? "" : ` on ${at}`}.`,
        resource,
      };
      const leads = [
        ...(opens.includes("adds credentials") && (isTenantWide || service !== undefined)
          ? credentialSteps(over, node, what)
          : []),
        ...(isTenantWide && opens.includes("changes members") ? memberSteps(model, node, what) : []),
        ...(isTenantWide && (opens.includes("consents") || opens.includes("consents but to Microsoft's APIs"))
          ? consentSteps(model, node, what)
          : []),
        ...(isTenantWide && opens.includes("consents") ? roleManagementSteps(node, what) : []),
        ...(isTenantWide && opens.includes("assigns directory roles")
          ? [
              {
                kind: "grants itself" as const,
                from: node,
                to: globalAdministrator,
                how: `${what} lets its holder assign any directory role, including Global Administrator.`,
                resource,
              },
            ]
          : []),
      ];
      return [held, ...leads];
    });
