import { openingsOfDirectoryRole } from "@microservice-identities/review/access/openings";
import { directoryRoleWithId } from "@microservice-identities/well-known/azureRoles";
import { lastPart } from "@microservice-identities/well-known/ids";
import type { Declared } from "./declared";
import { deleteInGraph, type Extra, extra, postToGraph } from "./extra";
import type { PrincipalRights } from "./principalRights";
import type { Reading } from "./reading";
import { shell } from "./shell";

type Json = Readonly<Record<string, unknown>>;

const permission = "RoleManagement.Read.Directory in Microsoft Graph";
const path = "roleManagement/directory";

/** Directory roles of the stack's principals, and roles over its registrations, active and eligible. */
export async function directoryRoleExtras(
  declared: Declared,
  reading: Reading,
  rights: PrincipalRights,
): Promise<Extra[]> {
  const [active, eligible] = await Promise.all([
    reading.tried("the directory roles", permission, () => reading.tenant.list(`${path}/roleAssignments`)),
    reading.tried("the eligible directory roles", permission, () =>
      reading.tenant.list(`${path}/roleEligibilitySchedules`),
    ),
  ]);
  const graph = reading.tenant.graphAddress;
  return [
    ...(active ?? []).flatMap((each) => roleExtras(declared, rights, each, graph, false)),
    ...(eligible ?? []).flatMap((each) => roleExtras(declared, rights, each, graph, true)),
  ];
}

function roleExtras(
  declared: Declared,
  found: PrincipalRights,
  { id, principalId, roleDefinitionId, directoryScopeId, createdDateTime, createdUsing }: Json,
  graph: string,
  isEligible: boolean,
): Extra[] {
  const scope = `${directoryScopeId ?? "/"}`;
  const known = directoryRoleWithId(roleDefinitionId);
  const role = known?.name ?? `${roleDefinitionId}`;
  const shownRole = `${role}${isEligible ? " (eligible)" : ""}`;
  const target = declared.services.find(({ applicationId, principalId: own }) =>
    [applicationId, own].includes(lastPart(scope)),
  );
  const isAtStack = scope !== "/" && target !== undefined;
  found.add(
    principalId,
    `has the directory role ${shownRole}${isAtStack ? ` at ${target.name}` : scope === "/" ? "" : ` at ${scope}`}`,
    isAtStack,
  );
  const kind = isEligible ? "eligibleDirectoryRole" : "directoryRole";
  if (declared.has(kind, `${principalId}`, `${roleDefinitionId}`, scope)) return [];
  const holder = [...declared.services, ...declared.identities].find(
    (each) => each.principalId === `${principalId}`.toLowerCase(),
  )?.name;
  if (holder === undefined && !isAtStack) return [];
  const common = {
    since: createdDateTime as string,
    // As the id to import, the provider accepts the path of an assignment, and the id of the request that created a schedule,
    // although its documentation says otherwise.
    takeOver: [
      isEligible
        ? shell`pulumi import azuread:index/directoryRoleEligibilityScheduleRequest:DirectoryRoleEligibilityScheduleRequest ${holder ?? target?.name}-${role} ${createdUsing ?? id}`
        : shell`pulumi import azuread:index/directoryRoleAssignment:DirectoryRoleAssignment ${holder ?? target?.name}-${role} ${`/${path}/roleAssignments/${id}`}`,
    ],
    away: [
      isEligible
        ? postToGraph(graph, `${path}/roleEligibilityScheduleRequests`, {
            action: "adminRemove",
            ...{ principalId, roleDefinitionId, directoryScopeId: scope },
          })
        : deleteInGraph(graph, `${path}/roleAssignments/${id}`),
    ],
  };
  const right = {
    kind: "directory role" as const,
    what: role,
    ...(known?.tier === undefined ? {} : { tier: known.tier }),
    ...(isEligible ? { eligible: true as const } : {}),
    opens: openingsOfDirectoryRole(role),
  };
  const has = isEligible ? "can activate" : "has";
  if (holder !== undefined)
    return [
      extra("undeclared-directory-role", {
        about: [holder, shownRole, scope],
        message: `is a directory role that nobody declared: ${holder} ${has} the rights of ${role} ${scope === "/" ? "in the whole tenant" : `at ${scope}`}`,
        access: { rights: [{ ...right, holder, at: scope === "/" ? "" : scope }] },
        ...common,
      }),
    ];
  if (!target) return [];
  return [
    extra("undeclared-directory-role", {
      about: [target.name, shownRole, `${principalId}`],
      message: `is a directory role at ${target.name} that nobody declared: ${principalId} ${has} the rights of ${role} over it`,
      access: {
        rights: [
          { ...right, holder: declared.principalName(`${principalId}`), at: target.name, place: "registration" },
        ],
      },
      ...common,
    }),
  ];
}
