import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import { allows } from "@microservice-identities/review/access/azureActions";
import { openingsOfDefinition } from "@microservice-identities/review/access/openings";
import type { Right } from "@microservice-identities/review/access/rights";
import { lastPart, normalizedId, sameId } from "@microservice-identities/well-known/ids";
import type { Declared } from "./declared";
import { type Extra, extra } from "./extra";
import type { Reading } from "./reading";
import { shell } from "./shell";

type Json = Readonly<Record<string, unknown>>;

/** A vault or an identity of the stack. */
interface Target {
  readonly name: string;
  readonly id: string;
  /** How a role lets its holder read the vault or act as the identity; empty for a harmless role. */
  readonly ways: (permissions: unknown) => readonly string[];
}

/** Ways to the secrets of a vault. https://learn.microsoft.com/azure/key-vault/general/rbac-guide */
const intoVault = (permissions: unknown, isRbac: boolean): string[] => [
  ...(isRbac && allows(permissions, "Microsoft.KeyVault/vaults/secrets/getSecret/action", "dataActions")
    ? ["reads secrets"]
    : []),
  ...(isRbac && allows(permissions, "Microsoft.KeyVault/vaults/secrets/setSecret/action", "dataActions")
    ? ["replaces secrets"]
    : []),
  // This permission also switches a vault from access policies to roles.
  ...(allows(permissions, "Microsoft.Authorization/roleAssignments/write") ? ["gives itself any role"] : []),
  ...(allows(permissions, "Microsoft.Authorization/roleDefinitions/write") ? ["changes what roles allow"] : []),
  ...(!isRbac &&
  ["Microsoft.KeyVault/vaults/accessPolicies/write", "Microsoft.KeyVault/vaults/write"].some((action) =>
    allows(permissions, action),
  )
    ? ["lets itself in by an access policy"]
    : []),
  // Writing a secret through Resource Manager needs no right in the vault.
  ...(allows(permissions, "Microsoft.KeyVault/vaults/secrets/write") ? ["replaces secrets by Resource Manager"] : []),
];

const intoIdentity = (permissions: unknown): string[] => [
  ...(allows(permissions, "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action")
    ? ["runs code as the identity"]
    : []),
  ...(allows(permissions, "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write")
    ? ["adds a federated credential"]
    : []),
];

/**
 * Role assignments in Azure that let somebody into the stack's vaults or identities, at their scope or inherited, and those
 * of the stack's own principals.
 *
 * @param isRbac whether roles, not access policies, control access to a vault, by its id
 */
export async function azureRoleExtras(
  declared: Declared,
  reading: Reading,
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
  const [assignments, definitions] = await Promise.all([
    everywhere(reading, subscriptions, "roleAssignments", armVersions.roleAssignment),
    everywhere(reading, subscriptions, "roleDefinitions", armVersions.roleDefinition),
  ]);
  const definitionOf = new Map(definitions.map((each) => [lastPart(each.id), propertiesOf(each)]));
  const undeclared = assignments.filter(({ id }) => !declared.has("azureRole", `${id}`));
  const found = undeclared.flatMap((assignment) => {
    const properties = propertiesOf(assignment);
    const definition = definitionOf.get(lastPart(properties.roleDefinitionId));
    const scope = normalizedId(properties.scope);
    // The permissions of a definition that cannot be read are unknown, so it counts as allowing everything.
    const permissions = definition?.permissions ?? [{ actions: ["*"], dataActions: ["*"] }];
    const reached = targets.filter(({ id }) => isAtOrBelow(id, scope));
    const ways = waysInto(reached, permissions);
    const holder = own.get(`${properties.principalId}`.toLowerCase());
    if (ways.size === 0 && holder === undefined) return [];
    return [
      {
        assignment,
        properties,
        role: `${definition?.roleName ?? lastPart(properties.roleDefinitionId)}`,
        ways,
        holder,
        permissions,
      },
    ];
  });
  const names = await namesOf(
    reading,
    found.map(({ properties }) => `${properties.principalId}`),
  );
  return found.map(({ assignment, properties, role, ways, holder, permissions }): Extra => {
    const { principalId, principalType, scope, createdOn, condition } = properties;
    const who = names.get(`${principalId}`) ?? holder ?? `${principalType ?? "principal"} ${principalId}`;
    const under = condition ? ", under a condition that this audit does not judge" : "";
    const parts = {
      since: createdOn as string,
      access: {
        rights: [
          {
            kind: "Azure role" as const,
            holder: declared.principalName(`${principalId}`, names.get(`${principalId}`)),
            what: role,
            ...placeOf(declared, `${scope}`),
            opens: openingsOfDefinition(permissions),
            ...(condition ? { condition: `${condition}` } : {}),
          },
        ],
      },
      takeOver: [
        shell`pulumi import azure-native:authorization:RoleAssignment ${lastPart(assignment.id)} ${assignment.id}`,
      ],
      away: [shell`az role assignment delete --ids ${assignment.id}`],
    };
    if (ways.size === 0)
      return extra("undeclared-azure-role", {
        about: [holder ?? who, role, `${scope}`],
        message: `is an Azure role at ${scope} that nobody declared: ${who} has its rights there${under}`,
        ...parts,
      });
    return extra("undeclared-reader", {
      about: [`${scope}`, role, `${principalId}`],
      message: `is held by ${who}, which nobody declared: ${[...ways].map(([way, at]) => `it ${way} (${several(at)})`).join(", ")}${under}`,
      ...parts,
    });
  });
}

/** A vault or an identity of the stack by its name; any other scope by its id. */
function placeOf({ vaults, identities }: Declared, scope: string): Pick<Right, "at" | "place"> {
  const vault = vaults.find(({ id }) => sameId(id, scope));
  if (vault) return { at: vault.resource, place: "vault" };
  const identity = identities.find(({ id }) => sameId(id, scope));
  return identity ? { at: identity.name, place: "managed identity" } : { at: scope };
}

const propertiesOf = ({ properties }: Json): Json => (properties ?? {}) as Json;

async function everywhere(reading: Reading, subscriptions: Iterable<string>, type: string, version: string) {
  const lists = [...subscriptions].map((subscription) =>
    reading.tried(
      `the ${type === "roleAssignments" ? "role assignments" : "role definitions"} of ${lastPart(subscription)}`,
      "Reader of the subscription in Azure",
      () => reading.tenant.resources(`${subscription}/providers/Microsoft.Authorization/${type}`, version),
    ),
  );
  return (await Promise.all(lists)).flatMap((rows) => rows ?? []);
}

/** A management group's scope is above each subscription whose list contains it. */
const isAtOrBelow = (id: string, scope: string): boolean =>
  scope === "" || id === scope || id.startsWith(`${scope}/`) || scope.startsWith("/providers/microsoft.management/");

/** The names of the targets, by the way into them. */
function waysInto(targets: readonly Target[], permissions: unknown): ReadonlyMap<string, readonly string[]> {
  const ways = new Map<string, string[]>();
  for (const { name, ways: waysOf } of targets)
    for (const way of waysOf(permissions)) ways.set(way, [...(ways.get(way) ?? []), name]);
  return ways;
}

const several = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;

const mostIds = 1000;

/** The display names of principals. Principals that the directory does not show keep their ids. */
async function namesOf(reading: Reading, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const all = [...new Set(ids)];
  const groups = Array.from({ length: Math.ceil(all.length / mostIds) }, (_, at) =>
    all.slice(at * mostIds, (at + 1) * mostIds),
  );
  const answers = await Promise.all(
    groups.map((group) =>
      reading.tried("the names of principals", "Application.Read.All in Microsoft Graph", () =>
        reading.tenant.ask("directoryObjects/getByIds", { ids: group }),
      ),
    ),
  );
  const rows = answers.flatMap((answer) => (answer?.value as Json[] | undefined) ?? []);
  return new Map(rows.map(({ id, displayName }) => [`${id}`, `${displayName}`]));
}
