import { appRoleOf, microsoftApiIds } from "@microservice-identities/well-known/microsoftApis";
import type { Declared } from "./declared";
import { deleteInGraph, type Extra, extra } from "./extra";
import type { PrincipalRights } from "./principalRights";
import type { Reading } from "./reading";
import { shell } from "./shell";

type Json = Readonly<Record<string, unknown>>;

/** Role 0 is an assignment without a role: it is enough to get a token. https://learn.microsoft.com/graph/api/resources/approleassignment */
const noRole = "00000000-0000-0000-0000-000000000000";

/** Who holds roles of the stack's APIs, and which roles and delegated grants its principals hold. */
export async function grantExtras(declared: Declared, reading: Reading, rights: PrincipalRights): Promise<Extra[]> {
  const services = declared.services.filter(({ principalId }) => principalId !== "");
  const principals = [...services, ...declared.identities].map(({ name, principalId }) => ({ name, id: principalId }));
  const [holders, held, delegated] = await Promise.all([
    reading.lists(
      "the holders of the APIs' roles",
      services.map(({ principalId }) => `servicePrincipals/${principalId}/appRoleAssignedTo?$top=999`),
    ),
    reading.lists(
      "the roles that the principals hold",
      principals.map(({ id }) => `servicePrincipals/${id}/appRoleAssignments?$top=999`),
    ),
    reading.tried("the delegated grants", "Directory.Read.All in Microsoft Graph", () =>
      reading.tenant.list("oauth2PermissionGrants?$top=999"),
    ),
  ]);
  const graph = reading.tenant.graphAddress;
  const isDeclared = ({ principalId, resourceId, appRoleId }: Json) =>
    declared.has("grant", `${principalId}`, `${resourceId}`, `${appRoleId}`);
  const byPrincipal = new Map(principals.map((each) => [each.id, each.name]));
  for (const [index, { name, roles }] of services.entries())
    for (const { principalId, principalType, appRoleId } of holders[index] ?? [])
      if (principalType === "Group")
        rights.add(
          principalId,
          `gets tokens for ${name} with ${roles.get(`${appRoleId}`.toLowerCase()) ?? "no role"}`,
          true,
        );
  const apis = new Set(services.map(({ principalId }) => principalId));
  return [
    ...services.flatMap(({ name, roles }, index) =>
      (holders[index] ?? [])
        .filter((each) => !isDeclared(each))
        .map((each) => {
          const { id, principalId, principalDisplayName, principalType, resourceId, appRoleId, createdDateTime } = each;
          // A role that the API no longer has, and an assignment without a role, allow nothing there.
          const known = roles.get(`${appRoleId}`.toLowerCase());
          const role =
            appRoleId === noRole
              ? "no role"
              : (roles.get(`${appRoleId}`.toLowerCase()) ?? `the role ${appRoleId}, which it no longer has`);
          const who =
            principalType === "Group" ? `every member of the group ${principalDisplayName}` : `${principalDisplayName}`;
          return extra("undeclared-grant", {
            about: [
              name,
              `${principalId}`,
              appRoleId === noRole ? "no role" : (roles.get(`${appRoleId}`.toLowerCase()) ?? `${appRoleId}`),
            ],
            message: `is held by ${principalDisplayName}, which nobody declared: ${who} gets tokens for ${name} with ${role}`,
            since: createdDateTime as string,
            ...(known === undefined
              ? {}
              : {
                  access: {
                    grants: [
                      {
                        caller: declared.principalName(`${principalId}`, `${principalDisplayName}`),
                        api: name,
                        role: known,
                      },
                    ],
                  },
                }),
            takeOver: [
              shell`pulumi import azuread:index/appRoleAssignment:AppRoleAssignment ${name}-${principalDisplayName} /servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`,
            ],
            away: [deleteInGraph(graph, `servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`)],
          });
        }),
    ),
    ...principals.flatMap(({ name }, index) =>
      (held[index] ?? [])
        // Assignments of the stack's own APIs are reported above.
        .filter((each) => !isDeclared(each) && !apis.has(`${each.resourceId}`.toLowerCase()))
        .map(({ id, principalId, resourceId, resourceDisplayName, appRoleId, createdDateTime }) =>
          extra("undeclared-permission", {
            about: [name, `${resourceDisplayName}`, `${appRoleId}`],
            message: `is a role of ${resourceDisplayName} that nobody declared: ${name} can use it there`,
            since: createdDateTime as string,
            access: {
              grants: [
                { caller: name, api: `${resourceDisplayName}`, role: roleNamed(resourceDisplayName, appRoleId) },
              ],
            },
            takeOver: [
              shell`pulumi import azuread:index/appRoleAssignment:AppRoleAssignment ${name}-${appRoleId} /servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`,
            ],
            away: [deleteInGraph(graph, `servicePrincipals/${principalId}/appRoleAssignments/${id}`)],
          }),
        ),
    ),
    ...(delegated ?? []).flatMap((grant) => delegatedExtras(declared, byPrincipal, grant, graph)),
  ];
}

/** A role of one of Microsoft's APIs by its name, of another by its id. */
const roleNamed = (api: unknown, roleId: unknown): string =>
  appRoleOf(microsoftApiIds.get(`${api}`), roleId)?.name ?? `${roleId}`;

function delegatedExtras(
  declared: Declared,
  byPrincipal: ReadonlyMap<string, string>,
  { id, clientId, resourceId, consentType, principalId, scope }: Json,
  graph: string,
): Extra[] {
  const [client, api] = [clientId, resourceId].map((each) => byPrincipal.get(`${each}`.toLowerCase()));
  const name = client ?? api;
  if (name === undefined) return [];
  const scopes = `${scope ?? ""}`.split(" ").filter(Boolean);
  const added = scopes.filter((each) => !declared.has("delegated", `${clientId}`, `${resourceId}`, each));
  if (scopes.length > 0 && added.length === 0) return [];
  const whose = consentType === "AllPrincipals" ? "everybody" : `the user ${principalId}`;
  return [
    extra("undeclared-delegated-grant", {
      about: [name, `${id}`],
      message: `is a delegated grant that nobody declared: ${client ?? `the client ${clientId}`} acts at ${api ?? `the API ${resourceId}`} on behalf of ${whose}, with ${added.join(", ") || "no scope"}`,
      away: [deleteInGraph(graph, `oauth2PermissionGrants/${id}`)],
    }),
  ];
}
