import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";

/** Entra signs the tokens of all tenants with the same keys, so each API must compare the issuer. */
describe("the token of another tenant", () => {
  let azure: TestAzure;
  let other: TestAzure;
  let vault: string;
  beforeAll(async () => {
    [azure, other] = await Promise.all([startTestAzure(), startTestAzure()]);
    const group = "/resourceGroups/rg-shop";
    await azure.arm("PUT", group, "2024-03-01", { location: "westeurope" });
    const path = `${group}/providers/Microsoft.KeyVault/vaults/kv-orders`;
    const { body } = await azure.arm("PUT", path, "2023-07-01", {
      location: "westeurope",
      properties: { sku: { family: "A", name: "standard" }, tenantId: azure.azure.tenantId, accessPolicies: [] },
    });
    vault = body.properties.vaultUri;
  });
  afterAll(() => Promise.all([azure.close(), other.close()]));

  const issuer = ({ azure: { tenantId } }: TestAzure) => `https://sts.windows.net/${tenantId}/`;

  it("has the same signing key", () => {
    expect(other.azure.signingKeys.jwks[0]?.n).toBe(azure.azure.signingKeys.jwks[0]?.n);
    expect(other.azure.signingKeys.current.kid).toBe(azure.azure.signingKeys.current.kid);
  });

  it.each<[string, () => string, string, string, () => string]>([
    [
      "Microsoft Graph",
      () => `${azure.azure.authority}/graph/v1.0/applications`,
      "https://graph.microsoft.com",
      "InvalidAuthenticationToken",
      () => `The local Azure has only the tenant of ${issuer(azure)}, but the token is of ${issuer(other)}.`,
    ],
    [
      "Resource Manager",
      () => `${azure.azure.authority}${azure.azure.subscription.path}/resourceGroups?api-version=2024-03-01`,
      "https://management.azure.com",
      "InvalidAuthenticationTokenTenant",
      () =>
        `The access token is from the wrong issuer '${issuer(other)}'. It must match the tenant '${issuer(azure)}' associated with this subscription.`,
    ],
    [
      "Key Vault",
      () => `${vault}secrets?api-version=7.6`,
      "https://vault.azure.net",
      "Unauthorized",
      () => `AKV10032: Invalid issuer. Expected one of ${issuer(azure)}, found ${issuer(other)}.`,
    ],
  ])("is refused by %s, which names both issuers", async (_api, address, audience, code, message) => {
    const token = await other.deployerToken(audience);
    const { status, body } = await azure.send("GET", address(), { token });
    expect([status, body.error.code, body.error.message]).toEqual([401, code, message()]);
  });
});
