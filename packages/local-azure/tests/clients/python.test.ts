import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure } from "@microservice-identities/test-support/azure";
import { run } from "@microservice-identities/test-support/processes";

jest.setTimeout(60_000);

const python = process.env.PYTHON ?? "python3";
const available = spawnSync(python, ["-c", "import msal, azure.identity, azure.keyvault.secrets"]).status === 0;

/** A service's whole way, in another language: its secret by managed identity, a token by secret, a call refused. */
const program = `
import os, msal
from azure.core.exceptions import HttpResponseError
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

identity = ManagedIdentityCredential(client_id=os.environ["IDENTITY"])
vault = SecretClient(os.environ["VAULT"], identity, verify_challenge_resource=False)
secret = vault.get_secret("client-secret").value
try:
    list(vault.list_properties_of_secrets())
except HttpResponseError as error:
    print("list", error.status_code)

app = msal.ConfidentialClientApplication(
    os.environ["CLIENT"], client_credential=secret, authority=os.environ["AUTHORITY"], instance_discovery=False)
for scope in os.environ["SCOPES"].split():
    answer = app.acquire_token_for_client([scope])
    print(answer.get("token_type") or answer["error_codes"][0])
`;

(available ? it : it.skip)(
  `serves Python's msal, azure-identity and azure-keyvault-secrets unmodified${available ? "" : ` (skipped: ${python} does not have them)`}`,
  async () => {
    const azure = await startTestAzure();
    const folder = await mkdtemp(path.join(tmpdir(), "python-"));
    try {
      const { tenant, subscription } = azure.azure;
      await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
      const providers = "/resourceGroups/rg/providers";
      const identity = await azure.arm(
        "PUT",
        `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders`,
        "2023-01-31",
        { location: "westeurope" },
      );
      const application = tenant.addApplication("orders");
      tenant.addServicePrincipal({ appId: application.appId, displayName: "orders" });
      const { secretText } = tenant.addPassword(application, { displayName: "orders" });
      const vault = await azure.arm("PUT", `${providers}/Microsoft.KeyVault/vaults/orders`, "2024-11-01", {
        location: "westeurope",
        properties: {
          tenantId: tenant.id,
          sku: { family: "A", name: "standard" },
          accessPolicies: [
            {
              tenantId: tenant.id,
              objectId: identity.body.properties.principalId,
              permissions: { secrets: ["get"] },
            },
          ],
        },
      });
      await azure.arm("PUT", `${providers}/Microsoft.KeyVault/vaults/orders/secrets/client-secret`, "2024-11-01", {
        properties: { value: secretText },
      });
      const api = tenant.addApplication("inventory");
      tenant.addServicePrincipal({ appId: api.appId, displayName: "inventory", appRoleAssignmentRequired: true });
      const caFile = path.join(folder, "ca.pem");
      await writeFile(caFile, azure.azure.caCertificate);
      const { code, stdout, stderr } = await run(python, ["-c", program], {
        env: {
          ...azure.azure.workloadHost([...subscription.identities.values()].map(({ id }) => id)),
          REQUESTS_CA_BUNDLE: caFile,
          SSL_CERT_FILE: caFile,
          IDENTITY: identity.body.properties.clientId,
          VAULT: vault.body.properties.vaultUri,
          CLIENT: application.appId,
          AUTHORITY: `${azure.azure.authority}/${tenant.id}`,
          SCOPES: `https://vault.azure.net/.default ${api.appId}/.default`,
        },
      });
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "list 403\nBearer\n501051\n", stderr: "" });
    } finally {
      await rm(folder, { recursive: true, force: true });
      await azure.close();
    }
  },
);
