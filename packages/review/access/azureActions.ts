import { isUnknown } from "@microservice-identities/engine/evaluation/evaluatedResource";
import { listOf } from "./offeredRoles";

/** The powers that a role of Azure Resource Manager gives beyond the resource itself. */
export interface Power {
  readonly tier: 0 | 1;
  /** Completes the sentence "it …". */
  readonly text: string;
}

/**
 * The powers of a custom role, the most serious first. An action with `*` counts as every action that it matches.
 * https://learn.microsoft.com/azure/role-based-access-control/role-definitions
 */
export function powersOf(permissions: unknown): readonly Power[] {
  if (isUnknown(permissions) || listOf(permissions).some(isUnknown))
    return [{ tier: 0, text: "allows actions that are known only after the deployment" }];
  if (!isList(permissions) || !listOf(permissions).every(hasLists))
    return [{ tier: 0, text: "allows actions that are not written as a list" }];
  const known = powers
    .filter(({ action, kind }) => allows(permissions, action, kind))
    .map(({ tier, text }) => ({ tier, text }));
  const others = listOf(permissions).flatMap((permission) => {
    const { actions, dataActions } = (permission ?? {}) as { actions?: unknown; dataActions?: unknown };
    // A role that reads data is never harmless: blobs and messages are data.
    return [
      ...listOf(actions)
        .map(String)
        .filter((action) => !isHarmless(action)),
      ...listOf(dataActions).map(String),
    ];
  });
  const named = others.filter((action) => !known.some(({ text }) => text.toLowerCase().includes(action.toLowerCase())));
  return named.length > 0 ? [...known, { tier: 1, text: `allows ${[...new Set(named)].sort().join(", ")}` }] : known;
}

/** Whether the permissions of a role definition contain an action, as Azure judges it. */
export const allows = (permissions: unknown, action: string, kind: "actions" | "dataActions" = "actions"): boolean =>
  listOf(permissions).some((permission) => {
    const given = (permission ?? {}) as Readonly<Record<string, unknown>>;
    const yes = given[kind];
    const no = given[kind === "actions" ? "notActions" : "notDataActions"];
    return (
      listOf(yes).some((each) => matches(each, action, alsoForNothing)) &&
      !listOf(no).some((each) => matches(each, action))
    );
  });

/** The action shows how resources are configured, and nothing secret. */
export const isReading = (action: string): boolean => /^[^*]+\/(\*\/)?read$|^\*\/read$/i.test(action);

const isList = (value: unknown): boolean => value === undefined || value === null || Array.isArray(value);

const hasLists = (permission: unknown): boolean =>
  typeof permission === "object" &&
  permission !== null &&
  Object.entries(permission).every(([kind, actions]) => !/actions$/i.test(kind) || isList(actions));

/** The role reads nothing secret, or has only the actions that a deployment of resource groups and identities needs. */
const isHarmless = (action: string): boolean =>
  isReading(action) ||
  /^microsoft\.(resources\/subscriptions\/resourcegroups|managedidentity\/userassignedidentities)\/(write|delete)$/i.test(
    action,
  );

// Managed Identity Operator has the action `…/userAssignedIdentities/*/assign/action`, for the operation
// `…/userAssignedIdentities/assign/action`: in allowed actions, an asterisk between slashes also matches an empty part.
const alsoForNothing = "/(.*/)?";

/** An unknown value could be anything. */
function matches(pattern: unknown, action: string, betweenSlashes = "/.*/"): boolean {
  if (typeof pattern !== "string") return true;
  const escaped = pattern
    .split("/*/")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*"))
    .join(betweenSlashes);
  return new RegExp(`^${escaped}$`, "i").test(action);
}

interface KnownPower extends Power {
  readonly action: string;
  readonly kind?: "actions" | "dataActions";
}

/** https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations */
const powers: readonly KnownPower[] = [
  {
    action: "Microsoft.Authorization/roleAssignments/write",
    tier: 0,
    text: "grants any right to others (Microsoft.Authorization/roleAssignments/write)",
  },
  {
    action: "Microsoft.Authorization/roleDefinitions/write",
    tier: 0,
    text: "changes what roles allow (Microsoft.Authorization/roleDefinitions/write)",
  },
  {
    action: "Microsoft.Authorization/elevateAccess/action",
    tier: 0,
    text: "takes all rights over all subscriptions (Microsoft.Authorization/elevateAccess/action)",
  },
  {
    action: "Microsoft.Resources/deployments/write",
    tier: 1,
    text: "deploys templates (Microsoft.Resources/deployments/write)",
  },
  {
    action: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
    tier: 0,
    text: "lets others sign in as managed identities (…/federatedIdentityCredentials/write)",
  },
  {
    action: "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    tier: 1,
    text: "runs code as managed identities (Microsoft.ManagedIdentity/userAssignedIdentities/assign/action)",
  },
  {
    action: "Microsoft.KeyVault/vaults/accessPolicies/write",
    tier: 1,
    text: "lets itself into vaults (Microsoft.KeyVault/vaults/accessPolicies/write)",
  },
  {
    action: "Microsoft.KeyVault/vaults/write",
    tier: 1,
    text: "lets itself into vaults (Microsoft.KeyVault/vaults/write)",
  },
  {
    action: "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    kind: "dataActions",
    tier: 1,
    text: "reads secrets (Microsoft.KeyVault/vaults/secrets/getSecret/action)",
  },
  {
    action: "Microsoft.KeyVault/vaults/secrets/setSecret/action",
    kind: "dataActions",
    tier: 1,
    text: "changes secrets (Microsoft.KeyVault/vaults/secrets/setSecret/action)",
  },
];
