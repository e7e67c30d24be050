import { type AzureRole, azureRoles } from "@microservice-identities/well-known/azureRoles";
import { type ConditionQuestion, matchesAny, readCondition } from "./roleCondition";

/** A built-in role of Azure: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export interface RoleDefinition {
  readonly id: string;
  readonly name: string;
  readonly description?: string | null;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  /** Default: none. */
  readonly notDataActions?: readonly string[];
  /** Default: everywhere. */
  readonly assignableScopes?: readonly string[];
  /** Who wrote it and when; absent for a built-in role. */
  readonly written?: {
    readonly createdOn: string;
    readonly updatedOn: string;
    /** Object ids. */
    readonly createdBy: string | null;
    readonly updatedBy: string;
  };
}

export interface RoleAssignment {
  /** The full resource id, in the spelling of its creation. */
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  readonly principalType: string;
  /** The GUID of the role definition. */
  readonly roleId: string;
  readonly description: string | null;
  /** The condition under which the assignment applies; see `readCondition`. Default: it always applies. */
  readonly condition?: string;
  readonly createdOn: string;
  /** The object id of the principal that made it. Default: it exists from the start. */
  readonly createdBy?: string;
}

const role = (named: AzureRole, given: Partial<Omit<RoleDefinition, "id" | "name">>): RoleDefinition => ({
  ...named,
  actions: [],
  notActions: [],
  dataActions: [],
  ...given,
});

const authorizationWrites = [
  "Microsoft.Authorization/*/Delete",
  "Microsoft.Authorization/*/Write",
  "Microsoft.Authorization/elevateAccess/Action",
];
const secrets = "Microsoft.KeyVault/vaults/secrets";

export const roleDefinitions: readonly RoleDefinition[] = [
  role(azureRoles.owner, { actions: ["*"] }),
  role(azureRoles.contributor, { actions: ["*"], notActions: authorizationWrites }),
  role(azureRoles.reader, { actions: ["*/read"] }),
  role(azureRoles.userAccessAdministrator, {
    actions: ["*/read", "Microsoft.Authorization/*"],
  }),
  role(azureRoles.managedIdentityOperator, {
    actions: [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
      "Microsoft.Authorization/*/read",
      "Microsoft.Insights/alertRules/*",
      "Microsoft.Resources/subscriptions/resourceGroups/read",
      "Microsoft.Resources/deployments/*",
      "Microsoft.Support/*",
    ],
  }),
  role(azureRoles.keyVaultAdministrator, {
    actions: ["Microsoft.KeyVault/vaults/read"],
    dataActions: ["Microsoft.KeyVault/vaults/*"],
  }),
  role(azureRoles.keyVaultSecretsOfficer, {
    actions: ["Microsoft.KeyVault/vaults/read"],
    dataActions: [`${secrets}/*`],
  }),
  role(azureRoles.keyVaultSecretsUser, {
    dataActions: [`${secrets}/getSecret/action`, `${secrets}/readMetadata/action`],
  }),
  role(azureRoles.keyVaultReader, {
    actions: ["Microsoft.KeyVault/vaults/read"],
    dataActions: [`${secrets}/readMetadata/action`],
  }),
];

/** The role assignments and custom role definitions of a subscription, and the checks that use them. */
export class RoleBasedAccess {
  private readonly assignments = new Map<string, RoleAssignment>();
  private readonly definitions = new Map(roleDefinitions.map((definition) => [definition.id, definition]));

  /** @param id the GUID of the role definition */
  definition(id: string): RoleDefinition | undefined {
    return this.definitions.get(id.toLowerCase());
  }

  allDefinitions(): RoleDefinition[] {
    return [...this.definitions.values()];
  }

  define(definition: RoleDefinition): void {
    this.definitions.set(definition.id.toLowerCase(), definition);
  }

  undefine(id: string): void {
    this.definitions.delete(id.toLowerCase());
  }

  add(assignment: RoleAssignment): void {
    this.assignments.set(assignment.id.toLowerCase(), assignment);
  }

  get(id: string): RoleAssignment | undefined {
    return this.assignments.get(id.toLowerCase());
  }

  remove(id: string): void {
    this.assignments.delete(id.toLowerCase());
  }

  /** Azure removes the assignments at a resource together with the resource. */
  removeUnder(scope: string): void {
    for (const { id, scope: at } of this.all()) if (isWithin(at, scope)) this.remove(id);
  }

  all(): RoleAssignment[] {
    return [...this.assignments.values()];
  }

  /**
   * Whether a principal may perform an action at a scope, by an assignment there or above it.
   *
   * @param principals object ids: of the caller, and of its groups
   * @param about the attributes that conditions of assignments check. Default: the action alone
   */
  allows(
    principals: string | ReadonlySet<string>,
    action: string,
    scope: string,
    kind: "actions" | "dataActions" = "actions",
    about: Omit<ConditionQuestion, "action"> = {},
  ): boolean {
    return this.covering(principals, action, scope, kind).some(
      ({ condition }) => condition === undefined || readCondition(condition)({ ...about, action }),
    );
  }

  /** Whether an assignment without a condition allows it. */
  allowsUnconditionally(principalId: string, action: string, scope: string): boolean {
    return this.covering(principalId, action, scope, "actions").some(({ condition }) => condition === undefined);
  }

  private covering(
    principals: string | ReadonlySet<string>,
    action: string,
    scope: string,
    kind: "actions" | "dataActions",
  ): RoleAssignment[] {
    const holders = typeof principals === "string" ? new Set([principals]) : principals;
    return this.all().filter((assignment) => {
      if (!holders.has(assignment.principalId) || !isWithin(scope, assignment.scope)) return false;
      const definition = this.definition(assignment.roleId);
      const excluded = (kind === "actions" ? definition?.notActions : definition?.notDataActions) ?? [];
      return matchesAny(definition?.[kind] ?? [], action) && !matchesAny(excluded, action);
    });
  }
}

export function isWithin(scope: string, outer: string): boolean {
  const [inner, above] = [scope.toLowerCase(), outer.toLowerCase().replace(/\/$/, "")];
  return inner === above || inner.startsWith(`${above}/`);
}
