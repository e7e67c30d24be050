import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { addSecretVersion } from "@microservice-identities/local-azure/keyVault/vault";
import type { GuardOptions } from "@microservice-identities/runtime/guard";
import { inventory } from "@microservice-identities/runtime/samples/inventory";
import { guardOf } from "@microservice-identities/runtime/samples/service";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { selfSigned } from "@microservice-identities/test-support/certificate";
import { azureRoles } from "@microservice-identities/well-known/azureRoles";
import { Agent, fetch } from "undici";

type GuardFetch = NonNullable<GuardOptions["fetch"]>;

/** A scenario for a client in any language, which gets everything in environment variables. */
export interface ClientScenario {
  readonly azure: TestAzure;
  readonly env: Readonly<Record<string, string>>;
  /** A folder for the client's files. */
  readonly folder: string;
  close(): Promise<void>;
}

/** The client prints one line for each kind of sign-in: the secret in its own vault, and the status of a foreign vault and the sample API. */
export const expectedLines = ["secret", "certificate", "federation", "managed identity"].map(
  (way) => `${way}: own hello, foreign 403, api 200`,
);

/**
 * Starts a local Azure with a service that can sign in with a secret, a certificate, a token of its cluster and a managed
 * identity. The service has its own vault and a grant for the sample API. There is also a foreign vault.
 */
export async function clientScenario(): Promise<ClientScenario> {
  const azure = await startTestAzure();
  const folder = await mkdtemp(path.join(tmpdir(), "client-"));
  const { tenant, subscription, authority, tenantId } = azure.azure;
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(path.join(folder, name), content, { mode: 0o600 });
    return path.join(folder, name);
  };
  for (const group of ["rg", "rg-foreign"])
    await azure.arm("PUT", `/resourceGroups/${group}`, "2024-03-01", { location: "westeurope" });

  const api = tenant.addApplication("inventory");
  api.requestedAccessTokenVersion = 2;
  const [value, role] = ["Inventory.Read", randomUUID()];
  const appRole = { id: role, value, displayName: value, description: value, isEnabled: true };
  tenant.setAppRoles(api, [{ ...appRole, allowedMemberTypes: ["Application"] }]);
  const apiPrincipal = tenant.addServicePrincipal({
    appId: api.appId,
    displayName: "inventory",
    appRoleAssignmentRequired: true,
  });

  const identity = await azure.arm(
    "PUT",
    "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders",
    "2024-11-30",
    { location: "westeurope" },
  );
  const { body: application } = await azure.graph("POST", "/v1.0/applications", { displayName: "orders" });
  const { body: principal } = await azure.graph("POST", "/v1.0/servicePrincipals", { appId: application.appId });
  const { body: secret } = await azure.graph("POST", `/v1.0/applications/${application.id}/addPassword`, {});
  const certificate = await selfSigned("orders");
  await azure.graph("PATCH", `/v1.0/applications/${application.id}`, {
    keyCredentials: [{ type: "AsymmetricX509Cert", usage: "Verify", key: certificate.der }],
  });
  const cluster = await azure.azure.clusterIssuer("https://oidc.cluster.example/");
  await azure.graph("POST", `/v1.0/applications/${application.id}/federatedIdentityCredentials`, {
    name: "cluster",
    issuer: cluster.issuer,
    subject: "system:serviceaccount:shop:orders",
    audiences: ["api://AzureADTokenExchange"],
  });
  const { principalId, clientId } = identity.body.properties;
  for (const holder of [principal.id, principalId]) tenant.assign(holder, apiPrincipal.id, role);
  await azure.arm(
    "PUT",
    `/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`,
    "2022-04-01",
    {
      properties: {
        roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${azureRoles.reader.id}`,
        principalId: principal.id,
      },
    },
  );

  const vault = async (group: string, name: string, readers: readonly string[]): Promise<string> => {
    const { body } = await azure.arm(
      "PUT",
      `/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${name}`,
      "2026-02-01",
      {
        location: "westeurope",
        properties: {
          tenantId,
          sku: { family: "A", name: "standard" },
          enableRbacAuthorization: false,
          accessPolicies: readers.map((objectId) => ({ tenantId, objectId, permissions: { secrets: ["get"] } })),
        },
      },
    );
    const stored = subscription.vaults.get(name);
    if (stored) addSecretVersion(stored, "greeting", { value: "hello" }, Date.now);
    return body.properties.vaultUri;
  };
  const ownVault = await vault("rg", "orders-vault", [principal.id, principalId]);
  const foreignVault = await vault("rg-foreign", "billing-vault", []);

  const dispatcher = new Agent({ connect: { ca: azure.azure.caCertificate } });
  const trusting = ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as unknown as GuardFetch;
  const sample = inventory({
    guard: guardOf({ tenantId, clientId: api.appId, authority }, { fetch: trusting }),
    certificate: await azure.azure.serverCertificate(),
    logger: false,
  });
  await sample.listen({ host: "127.0.0.1", port: 0 });
  const caFile = await file("ca.pem", azure.azure.caCertificate);
  return {
    azure,
    folder,
    env: {
      AUTHORITY: authority,
      AZURE_AUTHORITY_HOST: `${authority}/`,
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: application.appId,
      // Not AZURE_FEDERATED_TOKEN_FILE: with it the SDKs would also use the token for the managed identity.
      FEDERATED_TOKEN_FILE: await file("token", await cluster.token("shop", "orders")),
      SUBSCRIPTION: azure.azure.subscriptionId,
      CLIENT_SECRET: secret.secretText,
      CERTIFICATE_FILE: await file("orders.pem", `${certificate.privateKeyPem}\n${certificate.pem}\n`),
      IDENTITY_CLIENT_ID: clientId,
      ...azure.azure.workloadHost(),
      OWN_VAULT: ownVault,
      FOREIGN_VAULT: foreignVault,
      API: `https://localhost:${(sample.server.address() as AddressInfo).port}/stock`,
      API_SCOPE: `${api.appId}/.default`,
      NODE_EXTRA_CA_CERTS: caFile,
      SSL_CERT_FILE: caFile,
      REQUESTS_CA_BUNDLE: caFile,
    },
    async close() {
      await sample.close();
      await dispatcher.close();
      await azure.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
