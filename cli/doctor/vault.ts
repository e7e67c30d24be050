import { armVersions } from "@microservice-identities/engine/deployment/armVersions";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { lastPart } from "@microservice-identities/well-known/ids";
import { keyVaultVersion } from "@microservice-identities/well-known/keyVaultVersions";
import type { TenantReader } from "../adoption/tenant";
import { type Check, type Diagnosis, deployWithRefresh, type Patient } from "./examination";

type Json = Record<string, unknown>;

interface VaultProperties {
  readonly enableRbacAuthorization?: boolean;
  readonly accessPolicies?: readonly { objectId: string; permissions: { secrets?: readonly string[] } }[];
}

/** Whether the service's vault exists and admits its identity. {@link ../signIn} checks its network rules. */
export const vault: Check = {
  what: "the vault",
  needs: "Reader of the vault in Azure",
  async examine(patient, tenant) {
    const { service, entry } = patient;
    const { vaultId, identityId } = entry;
    if (entry.credential.kind === "federated" || vaultId === undefined || identityId === undefined) return undefined;
    const found = await tenant.resource(vaultId, keyVaultVersion);
    const name = lastPart(vaultId);
    if (!found)
      return {
        wrong: `the vault of ${service}, ${name}, does not exist`,
        mend: [`az keyvault recover --name ${name}`, deployWithRefresh(patient)],
      };
    const identity = await tenant.resource(identityId, armVersions.identity);
    if (!identity)
      return {
        wrong: `the managed identity of ${service}, ${lastPart(identityId)}, does not exist`,
        mend: [
          deployWithRefresh(patient),
          "The identity will be a new one: assign it to the workload, and set its AZURE_CLIENT_ID (npm run variables).",
        ],
      };
    const { principalId } = identity.properties as { principalId: string };
    const properties = found.properties as VaultProperties;
    const mayRead = properties.enableRbacAuthorization
      ? await hasRole(tenant, vaultId, principalId, entry.vaultReaderRole ?? azureRoles.keyVaultSecretsUser.id)
      : (properties.accessPolicies ?? []).some(
          ({ objectId, permissions }) =>
            objectId === principalId && permissions.secrets?.some((given) => /^(get|all)$/i.test(given)),
        );
    if (!mayRead)
      return {
        wrong: `the vault ${name} does not let the managed identity of ${service} get secrets (403 AccessDenied or ForbiddenByRbac)`,
        mend: [deployWithRefresh(patient)],
      };
    return secretIn(patient, tenant, vaultId);
  },
};

async function hasRole(
  tenant: TenantReader,
  vaultId: string,
  principalId: string,
  readerRole: string,
): Promise<boolean> {
  const assignments = await tenant.resource(
    `${vaultId}/providers/Microsoft.Authorization/roleAssignments`,
    armVersions.roleAssignment,
  );
  const rows = (assignments?.value ?? []) as readonly { properties: Json }[];
  return rows.some(
    ({ properties }) =>
      properties.principalId === principalId && lastPart(properties.roleDefinitionId) === lastPart(readerRole),
  );
}

async function secretIn(patient: Patient, tenant: TenantReader, vaultId: string): Promise<Diagnosis | undefined> {
  const { service, entry, now } = patient;
  if (entry.credential.kind === "federated") return undefined;
  const { secretName, kind, keyIds } = entry.credential;
  const name = lastPart(vaultId);
  const secret = await tenant.resource(`${vaultId}/secrets/${secretName}`, keyVaultVersion);
  if (!secret)
    return {
      wrong: `the vault ${name} has no secret ${secretName}`,
      mend:
        kind === "secret"
          ? [deployWithRefresh(patient)]
          : [
              "Store the private key of the certificate (PEM):",
              `az keyvault secret set --vault-name ${name} --name ${secretName} --file <key.pem>`,
            ],
    };
  const { attributes = {} } = secret.properties as { attributes?: { enabled?: boolean; exp?: number } };
  if (attributes.enabled === false)
    return {
      wrong: `the secret ${secretName} in the vault ${name} is disabled`,
      mend: [`az keyvault secret set-attributes --vault-name ${name} --name ${secretName} --enabled true`],
    };
  const { keyId } = (secret.tags ?? {}) as { keyId?: string };
  if (kind === "secret" && keyId !== keyIds.at(-1))
    return {
      wrong: `the vault ${name} does not have the newest secret of ${service}: it has ${keyId ?? "one without a key id"}, and Entra's newest is ${keyIds.at(-1)}`,
      mend: [deployWithRefresh(patient)],
    };
  const expired = attributes.exp !== undefined && attributes.exp * 1000 <= now.getTime();
  return expired
    ? { wrong: `the secret ${secretName} in the vault ${name} has expired`, mend: [deployWithRefresh(patient)] }
    : undefined;
}
