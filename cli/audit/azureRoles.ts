import { createHash } from "node:crypto";
import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import { openingsOfDefinition } from "@microservice-identities/review/access/openings";
import type { Right } from "@microservice-identities/review/access/rights";
import { lastPart, normalizedId, sameId } from "@microservice-identities/well-known/ids";
import { intoIdentity, intoVault, type Target, waysInto } from "./azureWays";
import type { Declared } from "./declared";
import { type Extra, extra, putToAzure } from "./extra";
import type { PrincipalRights } from "./principalRights";
import { namesOf } from "./principals";
import type { Reading } from "./reading";
import { shell } from "./shell";

type Json = Readonly<Record<string, unknown>>;

/**
 * Role assignments in Azure, active and eligible, that let somebody into the stack's vaults or identities, at their scope or
 * inherited, and those of the stack's own principals.
 *
 * @param isRbac whether roles, not access policies, control access to a vault, by its id
 */
export async function azureRoleExtras(
  declared: Declared,
  reading: Reading,
  rights: PrincipalRights,
  isRbac: ReadonlyMap<string, boolean>,
): Promise<Extra[]> {
  const targets: Target[] = [
    ...declared.vaults.map(({ name, id }) => ({
      name,
      id: normalizedId(id),
      ways: (permissions: unknown) => intoVault(permissions, isRbac.get(normalizedId(id)) ?? true),
    })),
    ...declared.identities.map(({ name, id }) => ({ name, id: normalizedId(id), ways: intoIdentity })),
  ];
  const own = new Map(
    [...declared.services, ...declared.identities].map(({ name, principalId }) => [principalId, name]),
  );
  const subscriptions = new Set(targets.map(({ id }) => id.split("/").slice(0, 3).join("/")));
  const [active, eligible, definitions] = await Promise.all([
    everywhere(reading, subscriptions, "roleAssignments", armVersions.roleAssignment),
    everywhere(reading, subscriptions, "roleEligibilityScheduleInstances", armVersions.roleEligibility),
    everywhere(reading, subscriptions, "roleDefinitions", armVersions.roleDefinition),
  ]);
  const definitionOf = new Map(definitions.map((each) => [lastPart(each.id), propertiesOf(each)]));
  const all = [
    ...active.map((assignment) => ({ assignment, isEligible: false })),
    ...eligible.map((assignment) => ({ assignment, isEligible: true })),
  ];
  const found = all.flatMap(({ assignment, isEligible }): FoundRole[] => {
    const properties = propertiesOf(assignment);
    const { principalId, roleDefinitionId } = properties;
    const definition = definitionOf.get(lastPart(roleDefinitionId));
    const scope = normalizedId(properties.scope);
    // The permissions of a definition that cannot be read are unknown, so it counts as allowing everything.
    const permissions = definition?.permissions ?? [{ actions: ["*"], dataActions: ["*"] }];
    const reached = targets.filter(({ id }) => isAtOrBelow(id, scope));
    const ways = waysInto(reached, permissions);
    const role = `${definition?.roleName ?? lastPart(roleDefinitionId)}${isEligible ? " (eligible)" : ""}`;
    rights.add(
      principalId,
      ways.size > 0 ? inWords(ways) : `has the Azure role ${role} at ${properties.scope}`,
      ways.size > 0,
    );
    const isDeclared = isEligible
      ? declared.has("eligibleAzureRole", `${principalId}`, lastPart(roleDefinitionId), scope)
      : declared.has("azureRole", `${assignment.id}`);
    const holder = own.get(`${principalId}`.toLowerCase());
    if (isDeclared || (ways.size === 0 && holder === undefined)) return [];
    return [{ assignment, properties, role, ways, holder, permissions, isEligible }];
  });
  const names = await namesOf(
    reading,
    found.map(({ properties }) => `${properties.principalId}`),
  );
  return found.map((each) => roleExtra(declared, names, each));
}

interface FoundRole {
  readonly assignment: Json;
  readonly properties: Json;
  readonly role: string;
  readonly ways: ReadonlyMap<string, readonly string[]>;
  /** The principal of the stack that has the role; absent for another principal. */
  readonly holder: string | undefined;
  readonly permissions: unknown;
  readonly isEligible: boolean;
}

function roleExtra(
  declared: Declared,
  names: ReadonlyMap<string, string>,
  { assignment, properties, role, ways, holder, permissions, isEligible }: FoundRole,
): Extra {
  const { principalId, principalType, roleDefinitionId, scope, createdOn, condition } = properties;
  const who = names.get(`${principalId}`) ?? holder ?? `${principalType ?? "principal"} ${principalId}`;
  const under = condition
    ? `, under the condition ${`${condition}`.replace(/\s+/g, " ").trim()}, which this audit does not evaluate`
    : "";
  const parts = {
    since: createdOn as string,
    access: {
      rights: [
        {
          kind: "Azure role" as const,
          holder: declared.principalName(`${principalId}`, names.get(`${principalId}`)),
          what: role.replace(/ \(eligible\)$/, ""),
          ...placeOf(declared, `${scope}`),
          opens: openingsOfDefinition(permissions),
          ...(isEligible ? { eligible: true as const } : {}),
          ...(condition ? { condition: `${condition}` } : {}),
        },
      ],
    },
    ...(isEligible
      ? {}
      : {
          takeOver: [
            shell`pulumi import azure-native:authorization:RoleAssignment ${lastPart(assignment.id)} ${assignment.id}`,
          ],
        }),
    away: [
      isEligible
        ? putToAzure(
            `${scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/${derivedGuid(`${assignment.id}`)}`,
            armVersions.roleEligibility,
            { properties: { requestType: "AdminRemove", principalId, roleDefinitionId } },
          )
        : shell`az role assignment delete --ids ${assignment.id}`,
    ],
  };
  if (ways.size === 0)
    return extra("undeclared-azure-role", {
      about: [holder ?? who, role, `${scope}`],
      message: `is an Azure role at ${scope} that nobody declared: ${who} ${isEligible ? "can activate" : "has"} its rights there${under}`,
      ...parts,
    });
  return extra("undeclared-reader", {
    about: [`${scope}`, role, `${principalId}`],
    message: `${isEligible ? "can be activated" : "is held"} by ${who}, which nobody declared: it ${inWords(ways)}${under}`,
    ...parts,
  });
}

const inWords = (ways: ReadonlyMap<string, readonly string[]>): string =>
  [...ways].map(([way, at]) => `${way} (${several(at)})`).join(", it ");

/** A request needs an id of its own, and the same audit prints the same commands. */
function derivedGuid(text: string): string {
  const digits = createHash("sha256").update(text).digest("hex");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** A vault or an identity of the stack by its name; any other scope by its id. */
function placeOf({ vaults, identities }: Declared, scope: string): Pick<Right, "at" | "place"> {
  const vault = vaults.find(({ id }) => sameId(id, scope));
  if (vault) return { at: vault.resource, place: "vault" };
  const identity = identities.find(({ id }) => sameId(id, scope));
  return identity ? { at: identity.name, place: "managed identity" } : { at: scope };
}

const propertiesOf = ({ properties }: Json): Json => (properties ?? {}) as Json;

const listNames = {
  roleAssignments: "role assignments",
  roleEligibilityScheduleInstances: "eligible Azure roles",
  roleDefinitions: "role definitions",
} as const;

async function everywhere(
  reading: Reading,
  subscriptions: Iterable<string>,
  type: keyof typeof listNames,
  version: string,
) {
  const lists = [...subscriptions].map((subscription) =>
    reading.tried(`the ${listNames[type]} of ${lastPart(subscription)}`, "Reader of the subscription in Azure", () =>
      reading.tenant.resources(`${subscription}/providers/Microsoft.Authorization/${type}`, version),
    ),
  );
  return (await Promise.all(lists)).flatMap((rows) => rows ?? []);
}

/** A management group's scope is above each subscription whose list contains it. */
const isAtOrBelow = (id: string, scope: string): boolean =>
  scope === "" || id === scope || id.startsWith(`${scope}/`) || scope.startsWith("/providers/microsoft.management/");

const several = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
