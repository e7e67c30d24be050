import { appRoleOf, microsoftApiIds, microsoftApiNamed } from "@microservice-identities/well-known/microsoftApis";
import { microsoftGraph } from "@microservice-identities/well-known/microsoftGraph";
import { openingsOfGraphRole } from "../../access/openings";
import type { AccessModel } from "../../accessModel";
import { globalAdministrator, type PathNode, partyNode, roleNode } from "../node";
import type { Step } from "../step";

/** The app roles that APIs offer, and those that somebody holds. */
export const roleNodes = ({ roles, grants }: Pick<AccessModel, "roles" | "grants">): PathNode[] => [
  ...new Map([...roles, ...grants].map(({ api, role }) => roleOf(api, role)).map((node) => [node.key, node])).values(),
];

const roleOf = (api: string, role: string): PathNode =>
  roleNode(api, role, appRoleOf(microsoftApiIds.get(api), role)?.tier === 0);

/** A caller holds the roles that it is granted. */
export const grantSteps = ({ grants }: Pick<AccessModel, "grants">): Step[] =>
  grants.map(({ caller, api, role }) => ({
    kind: "holds",
    from: partyNode(caller),
    to: roleOf(api, role),
    how: `${caller} is granted the role ${role} of ${api}.`,
    resource: `${caller} → ${api} ${role}`,
  }));

/** The steps that the held roles of Microsoft Graph lead to. */
export function graphRoleSteps(model: AccessModel): Step[] {
  const graph = microsoftApiNamed(microsoftGraph) ?? "";
  const held = new Set(model.grants.filter(({ api }) => api === graph).map(({ role }) => role));
  return [...held].flatMap((role) => {
    const from = roleOf(graph, role);
    const openings = openingsOfGraphRole(role);
    const consents = openings.includes("consents");
    return [
      ...(openings.includes("adds credentials") ? credentialSteps(model, from, role) : []),
      ...(openings.includes("changes members") ? memberSteps(model, from, role) : []),
      ...(consents ? consentSteps(model, from, role) : []),
      ...(appRoleOf(microsoftGraph, role)?.attackPath === "direct" ? [directStep(from, role)] : []),
      ...(consents ? roleManagementSteps(from, role) : []),
    ];
  });
}

/** @param by what gives the right: a permission, a role */
export const credentialSteps = ({ services }: AccessModel, from: PathNode, by: string): Step[] =>
  services.map((service) => ({
    kind: "adds a credential to",
    from,
    to: partyNode(service),
    how: `${by} lets its holder add a secret to any registration, including that of ${service}, and sign in with it.`,
    resource: by,
  }));

export const memberSteps = ({ groups = [] }: AccessModel, from: PathNode, by: string): Step[] =>
  groups.map((group) => ({
    kind: "changes members of",
    from,
    to: partyNode(group),
    how: `${by} lets its holder add anybody to the group ${group}, whose members have the rights of the group.`,
    resource: by,
  }));

/** Every role of the APIs in the model, except Microsoft's: of those, only {@link roleManagementSteps} matters. */
export const consentSteps = (model: AccessModel, from: PathNode, by: string): Step[] =>
  roleNodes({ roles: model.roles, grants: model.grants.filter(({ api }) => !microsoftApiIds.has(api)) }).map((to) => ({
    kind: "grants itself",
    from,
    to,
    how: `${by} lets its holder grant any application any role of the organisation's APIs, including ${to.name}.`,
    resource: by,
  }));

const roleManagement = "RoleManagement.ReadWrite.Directory";

/** A principal that can grant any role can grant itself the one that assigns directory roles. */
export function roleManagementSteps(from: PathNode, by: string): Step[] {
  const graph = microsoftApiNamed(microsoftGraph) ?? "";
  const to = roleOf(graph, roleManagement);
  const how = `${by} lets its holder grant any role of Microsoft Graph, including ${roleManagement}.`;
  return [{ kind: "grants itself", from, to, how, resource: by }, directStep(to, roleManagement)];
}

const directStep = (from: PathNode, by: string): Step => ({
  kind: "grants itself",
  from,
  to: globalAdministrator,
  how:
    by === roleManagement
      ? `${by} lets its holder assign any directory role, including Global Administrator.`
      : `${by} leads to Global Administrator by a published direct attack path.`,
  resource: by,
});
