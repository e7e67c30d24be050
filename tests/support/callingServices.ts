import { randomUUID } from "node:crypto";
import type { Application } from "@microservice-identities/local-azure/directoryObjects";
import { addSecretVersion, type Vault } from "@microservice-identities/local-azure/keyVault/vault";
import type { ManagedIdentity } from "@microservice-identities/local-azure/resourceManager/subscription";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";
import type { TestAzure } from "./azure";

/** A service that calls APIs, with its own managed identity and vault. */
export interface CallingService {
  readonly application: Application;
  readonly configuration: ServiceConfiguration;
  /** Its managed identity. */
  readonly identity: ManagedIdentity;
  readonly vault: Vault;
  /** Writes a version of the vault secret, as a deployment does: with a tag that names the previous version. */
  publish(value: string): void;
  /** Creates a client secret in Entra and the vault that replaces all earlier ones. */
  renewSecret(): string;
  /** Deletes all of its client secrets in Entra. */
  dropSecrets(): void;
}

const group = "/resourceGroups/rg";

/**
 * Services in a local Azure, created without a Pulumi program: the API `stock`, whose role `Stock.Read` every caller holds, and
 * the API `till`, whose role nobody holds.
 */
export async function callingServices(azure: TestAzure) {
  const { tenant, subscription } = azure.azure;
  await azure.arm("PUT", group, "2024-03-01", { location: "westeurope" });

  const api = (name: string, value: string) => {
    const application = tenant.addApplication(name);
    application.requestedAccessTokenVersion = 2;
    const role = { id: randomUUID(), value, displayName: value, description: value, isEnabled: true };
    application.appRoles = [{ ...role, allowedMemberTypes: ["Application"] }];
    const principal = tenant.addServicePrincipal({
      appId: application.appId,
      displayName: name,
      appRoleAssignmentRequired: true,
    });
    return { application, principal, role, scope: `${application.appId}/.default` };
  };
  const [stock, till] = [api("stock", "Stock.Read"), api("till", "Till.Read")];

  return {
    stock,
    /** Creates a service that calls `stock`. Default: with a client secret. */
    async add(
      name: string,
      credential: (vaultUri: string) => ServiceConfiguration["credential"] = (vaultUri) => ({
        kind: "secret",
        vaultUri,
        secretName: "client-secret",
      }),
    ): Promise<CallingService> {
      const application = tenant.addApplication(name);
      const principal = tenant.addServicePrincipal({ appId: application.appId, displayName: name });
      tenant.assign(principal.id, stock.principal.id, stock.role.id);
      const { body: identity } = await azure.arm(
        "PUT",
        `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-${name}`,
        "2024-11-30",
        { location: "westeurope" },
      );
      const { body } = await azure.arm(
        "PUT",
        `${group}/providers/Microsoft.KeyVault/vaults/${name}-vault`,
        "2024-11-01",
        {
          location: "westeurope",
          properties: {
            tenantId: azure.azure.tenantId,
            sku: { family: "A", name: "standard" },
            accessPolicies: [
              {
                tenantId: azure.azure.tenantId,
                objectId: identity.properties.principalId,
                permissions: { secrets: ["get"] },
              },
            ],
          },
        },
      );
      application.federatedIdentityCredentials = [
        {
          id: randomUUID(),
          name: "managed-identity",
          issuer: `${azure.azure.authority}/${azure.azure.tenantId}/v2.0`,
          subject: identity.properties.principalId,
          audiences: ["api://AzureADTokenExchange"],
          description: null,
        },
      ];
      const vault = [...subscription.vaults.values()].find(({ uri }) => uri === body.properties.vaultUri);
      if (!vault) throw new Error(`there is no vault of ${name}: ${JSON.stringify(body)}`);
      const found = [...subscription.identities.values()].find(
        ({ clientId }) => clientId === identity.properties.clientId,
      );
      if (!found) throw new Error(`there is no identity of ${name}: ${JSON.stringify(identity)}`);
      const publish = (value: string) => {
        const previousVersion = vault.secrets.get("client-secret")?.at(-1)?.version;
        const tags: Record<string, string> = previousVersion === undefined ? {} : { previousVersion };
        addSecretVersion(vault, "client-secret", { value, tags }, Date.now);
      };
      const dropSecrets = () => {
        for (const { keyId } of application.passwordCredentials) tenant.removePassword(application, keyId);
      };
      const renewSecret = () => {
        dropSecrets();
        const { secretText } = tenant.addPassword(application, { displayName: "secret" });
        publish(secretText);
        return secretText;
      };
      renewSecret();
      const configuration: ServiceConfiguration = {
        tenantId: azure.azure.tenantId,
        clientId: application.appId,
        identityClientId: identity.properties.clientId,
        authority: azure.azure.authority,
        scopes: { stock: stock.scope, till: till.scope },
        credential: credential(vault.uri),
      };
      return { application, configuration, identity: found, vault, publish, renewSecret, dropSecrets };
    },
  };
}
