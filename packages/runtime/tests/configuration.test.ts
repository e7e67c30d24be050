import { ConfigurationError, configurationFrom } from "../configuration";
import { serviceEnvironment as valid } from "./support/serviceEnvironment";

describe("the configuration of a service", () => {
  it("is read from the environment", () => {
    expect(configurationFrom({ ...valid, AZURE_AUTHORITY_HOST: "https://login.microsoftonline.us/" })).toEqual({
      tenantId: valid.AZURE_TENANT_ID,
      identityClientId: valid.AZURE_CLIENT_ID,
      clientId: valid.SERVICE_CLIENT_ID,
      credential: { kind: "secret", vaultUri: "https://orders.vault.azure.net/", secretName: "client-secret" },
      scopes: { inventory: "api://inventory/.default" },
      authority: "https://login.microsoftonline.us",
    });
    const { SERVICE_VAULT_URI: _, SERVICE_SECRET_NAME: __, ...none } = valid;
    expect(configurationFrom({ ...none, SERVICE_CREDENTIAL: "federated" }).credential).toEqual({ kind: "federated" });
  });

  it("accepts the token file of Kubernetes' workload identity", () => {
    const file = "/var/run/secrets/azure/tokens/azure-identity-token";
    expect(configurationFrom({ ...valid, AZURE_FEDERATED_TOKEN_FILE: file }).federatedTokenFile).toBe(file);
  });

  it.each([
    [
      "SERVICE_APIS",
      '{"constructor": "api://inventory/.default"}',
      'any name but "constructor", which every object in JavaScript has',
    ],
    ["SERVICE_APIS", '{"inventory": 1}', 'JSON, for example {"inventory": "api://…/.default"}'],
    [
      "SERVICE_APIS",
      '{"__proto__": "api://inventory/.default"}',
      'any name but "__proto__", which every object in JavaScript has',
    ],
    [
      "SERVICE_APIS",
      '{"inventory": "api://inventory/.default api://all/.default"}',
      'JSON, for example {"inventory": "api://…/.default"}',
    ],
    ["SERVICE_VAULT_URI", "https://user@orders.vault.azure.net/", "an https address without a path"],
    ["SERVICE_VAULT_URI", "https://orders.vault.azure.net?api-version=7.6", "an https address without a path"],
    ["SERVICE_SECRET_NAME", "../keys/other", "1 to 127 letters, digits and hyphens"],
    ["AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com", "an https address without a path"],
  ])("refuses %s %s", (name, value, allowed) => {
    const problem = `${name} is ${JSON.stringify(value)}; allowed: ${allowed}`;
    expect(() => configurationFrom({ ...valid, [name]: value })).toThrow(new ConfigurationError(problem));
  });

  it("does not repeat a secret that is in the wrong variable", () => {
    const secret = "aBc8Q~this-is-as-long-as-a-client-secret.is";
    for (const name of [
      "AZURE_CLIENT_ID",
      "SERVICE_CREDENTIAL",
      "SERVICE_SECRET_NAME",
      "SERVICE_CERTIFICATE_THUMBPRINT",
    ])
      expect(() => configurationFrom({ ...valid, [name]: secret })).toThrow(
        `${name} is a value that looks like a secret and is not shown; allowed: `,
      );
  });

  it("is refused with every missing or wrong variable, and what is allowed", () => {
    expect(() =>
      configurationFrom({
        ...valid,
        AZURE_TENANT_ID: undefined,
        AZURE_CLIENT_ID: "me",
        SERVICE_APIS: "inventory",
        SERVICE_VAULT_URI: "http://vault",
      }),
    ).toThrow(
      new Error(
        [
          "AZURE_TENANT_ID is not set; allowed: a GUID",
          'AZURE_CLIENT_ID is "me"; allowed: a GUID',
          'SERVICE_VAULT_URI is "http://vault"; allowed: an https address without a path',
          'SERVICE_APIS is "inventory"; allowed: JSON, for example {"inventory": "api://…/.default"}',
        ].join("\n"),
      ),
    );
    expect(() =>
      configurationFrom({ ...valid, SERVICE_CREDENTIAL: "certificate", SERVICE_SECRET_NAME: undefined }),
    ).toThrow(
      new Error(
        'SERVICE_SECRET_NAME is not set; the credential "certificate" needs it\nSERVICE_CERTIFICATE_THUMBPRINT is not set; the credential "certificate" needs it',
      ),
    );
  });
});
