import type { Principal } from "../bearer";
import type { RoleBasedAccess } from "../roleBasedAccess";
import type { Tenant } from "../tenant";
import { KeyVaultError } from "./keyVaultError";
import type { SecretPermission, Vault } from "./vault";

/** The operation of a request. Access policies have no permission `update`: `set` includes it. */
export type SecretOperation = SecretPermission | "update";

/** The name of each operation in Azure's role definitions. */
const dataActions: Record<SecretOperation, string> = {
  get: "getSecret/action",
  list: "readMetadata/action",
  set: "setSecret/action",
  update: "update/action",
  delete: "delete",
  recover: "recover/action",
  backup: "backup/action",
  restore: "restore/action",
  purge: "purge/action",
};

export interface AccessQuestion {
  readonly vault: Vault;
  readonly caller: Principal;
  /** Whether a private endpoint leads to the vault. */
  readonly hasPrivateEndpoint: boolean;
  readonly operation: SecretOperation;
  /** `secrets/{name}`, or nothing for a list. */
  readonly secret: string;
}

/** @throws KeyVaultError 403 if the vault's firewall or the caller's rights do not permit the operation */
export function checkAccess(tenant: Tenant, access: RoleBasedAccess, question: AccessQuestion): void {
  const { vault, caller, operation } = question;
  checkFirewall(question, tenant);
  const principals = tenant.groups.principalsOf(caller.objectId);
  if (vault.enableRbacAuthorization) {
    const action = `Microsoft.KeyVault/vaults/secrets/${dataActions[operation]}`;
    if (!access.allows(principals, action, vault.id, "dataActions")) throw forbiddenByRbac(question, action);
    return;
  }
  const permission = operation === "update" ? "set" : operation;
  const isGiven = (given: string) => [permission, "all"].includes(given.toLowerCase());
  const policies = vault.accessPolicies.filter(({ objectId }) => principals.has(objectId));
  if (policies.some(({ permissions }) => permissions.secrets?.some(isGiven))) return;
  throw new KeyVaultError(
    403,
    "Forbidden",
    `The user, group or application '${who(caller)}' does not have secrets ${permission} permission on key vault '${placeOf(vault)}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
    "AccessDenied",
  );
}

const who = ({ appId, objectId, issuer }: Principal): string => `appid=${appId};oid=${objectId};iss=${issuer}`;

const placeOf = ({ name, location }: Vault): string => `${name};location=${location}`;

function forbiddenByRbac({ vault, caller, secret }: AccessQuestion, action: string): KeyVaultError {
  const resource = `${vault.id}${secret ? `/${secret}` : ""}`.toLowerCase();
  const lines = [
    "Caller is not authorized to perform action on resource.",
    "If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.",
    `Caller: ${who(caller)}`,
    `Action: '${action}'`,
    `Resource: '${resource}'`,
    "Assignment: (not found)",
    "DenyAssignmentId: null",
    "DecisionReason: null",
    `Vault: ${placeOf(vault)}`,
  ];
  return new KeyVaultError(403, "Forbidden", `${lines.join("\r\n")}\r\n`, "ForbiddenByRbac");
}

/**
 * Loopback has no networks, so the identity of the caller decides. A workload (a managed identity or a federated credential) counts
 * as being in a subnet that the vault admits, if there is one. Every other caller counts as coming from the internet, from an address
 * that no rule admits.
 */
function checkFirewall({ vault, caller, hasPrivateEndpoint }: AccessQuestion, tenant: Tenant): void {
  const { networkAcls, publicNetworkAccess } = vault.properties as NetworkProperties;
  const isWorkload =
    tenant.servicePrincipals.get(caller.objectId)?.servicePrincipalType === "ManagedIdentity" ||
    (tenant.applicationOf(caller.appId)?.federatedIdentityCredentials.length ?? 0) > 0;
  // The firewall does not apply to requests through a private endpoint.
  if (isWorkload && hasPrivateEndpoint) return;
  if (/^disabled$/i.test(publicNetworkAccess ?? "")) {
    throw new KeyVaultError(
      403,
      "Forbidden",
      `Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: ${who(caller)}\r\nVault: ${placeOf(vault)}`,
      "ForbiddenByConnection",
    );
  }
  if (networkAcls?.defaultAction !== "Deny") return;
  if (isWorkload && (networkAcls.virtualNetworkRules ?? []).length > 0) return;
  throw new KeyVaultError(
    403,
    "Forbidden",
    `Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: ${who(caller)}\r\nVault: ${placeOf(vault)}`,
    "ForbiddenByFirewall",
  );
}

interface NetworkProperties {
  readonly networkAcls?: { readonly defaultAction?: string; readonly virtualNetworkRules?: readonly unknown[] };
  readonly publicNetworkAccess?: string;
}
