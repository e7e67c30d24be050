import { evaluate, guid, resolved } from "@microservice-identities/test-support/mocks";
import { ClientSecret } from "../../components/clientSecret";

describe("ClientSecret", () => {
  const older = {
    id: "2026-11-01",
    index: 0,
    secretEnd: "2027-04-30T00:00:00Z",
    published: "2026-11-01",
    revocations: 0,
  };
  const newer = {
    id: "2026-12-20",
    index: 1,
    secretEnd: "2027-06-18T00:00:00Z",
    published: "2026-12-20",
    revocations: 0,
  };
  const secret = (change: object = {}) =>
    new ClientSecret("orders-secret", {
      applicationId: "/applications/orders",
      resourceGroupName: "rg-shop-dev",
      vaultName: "orders-abc123",
      secrets: [older, newer],
      ...change,
    });

  it("creates one password per secret with a fixed end, and publishes the newest in the vault with its expiry and key id", async () => {
    const { resources, result } = await evaluate(() => secret());
    expect(resources.map(({ name, inputs }) => [name, inputs])).toEqual([
      [
        "orders-secret-2026-11-01",
        {
          applicationId: "/applications/orders",
          displayName: "window 2026-11-01",
          endDate: "2027-04-30T00:00:00Z",
        },
      ],
      [
        "orders-secret-2026-12-20",
        {
          applicationId: "/applications/orders",
          displayName: "window 2026-12-20",
          endDate: "2027-06-18T00:00:00Z",
        },
      ],
      [
        "orders-secret-vault-secret",
        {
          resourceGroupName: "rg-shop-dev",
          vaultName: "orders-abc123",
          secretName: "client-secret",
          properties: {
            secret: {
              value: "value of orders-secret-2026-12-20",
              contentType: "Entra client secret",
              attributes: { enabled: true, expires: Date.UTC(2027, 5, 18) / 1000 },
            },
          },
          tags: { keyId: guid("orders-secret-2026-12-20", "key"), window: "2026-12-20" },
        },
      ],
    ]);
    expect(await resolved(result.expires)).toBe("2027-06-18T00:00:00Z");
    expect(await resolved(result.published)).toBe("2026-12-20");
    expect(await resolved(result.secretName)).toBe("client-secret");
    expect(await resolved(result.keyId)).toBe(guid("orders-secret-2026-12-20", "key"));
  });

  it("tags the vault secret with its previous version, for services that start before Entra accepts the newest everywhere", async () => {
    const { result, named } = await evaluate(() =>
      secret({
        secrets: [
          { ...older, version: "a1" },
          { ...newer, previousVersion: "a1" },
        ],
      }),
    );
    expect(named("orders-secret-vault-secret").inputs.tags).toEqual({
      keyId: guid("orders-secret-2026-12-20", "key"),
      window: "2026-12-20",
      previousVersion: "a1",
    });
    expect(await resolved(result.version)).toBe("version of orders-secret-vault-secret");
  });

  it("creates the secret of a revoked window again under another name", async () => {
    const { resources } = await evaluate(() => secret({ secrets: [{ ...newer, revocations: 2 }] }));
    expect(resources.map(({ name, inputs }) => [name, inputs.displayName ?? inputs.tags])).toEqual([
      ["orders-secret-2026-12-20-revocation-2", "window 2026-12-20, revocation 2"],
      [
        "orders-secret-vault-secret",
        { keyId: guid("orders-secret-2026-12-20-revocation-2", "key"), window: "2026-12-20" },
      ],
    ]);
  });

  it("refuses an invalid name of the vault secret, and an empty list of secrets", async () => {
    await expect(evaluate(() => secret({ secretName: "client_secret" }))).rejects.toThrow(
      new Error(
        'ClientSecret orders-secret: secretName is "client_secret"; allowed: 1 to 127 letters, digits and hyphens',
      ),
    );
    await expect(evaluate(() => secret({ secrets: [] }))).rejects.toThrow(
      new Error("ClientSecret orders-secret: secrets is []; allowed: at least one secret"),
    );
  });
});
