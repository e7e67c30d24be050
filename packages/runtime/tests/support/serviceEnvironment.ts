const [tenant, identity, client] = ["1", "2", "3"].map((digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`);

/** The environment variables of a service with a secret. */
export const serviceEnvironment = {
  AZURE_TENANT_ID: tenant,
  AZURE_CLIENT_ID: identity,
  SERVICE_CLIENT_ID: client,
  SERVICE_CREDENTIAL: "secret",
  SERVICE_VAULT_URI: "https://orders.vault.azure.net/",
  SERVICE_SECRET_NAME: "client-secret",
  SERVICE_APIS: '{"inventory": "api://inventory/.default"}',
};
