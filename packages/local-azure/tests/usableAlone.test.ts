import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import type { LocalAzureOptions } from "../localAzure";
import { startLocalAzure } from "../localAzure";

const seed: LocalAzureOptions["seed"] = {
  applications: [
    { name: "inventory", roles: ["Inventory.Read"] },
    { name: "orders", grants: [{ api: "inventory", role: "Inventory.Read" }] },
  ],
  identities: [{ name: "id-orders" }],
  vaults: [{ name: "orders-vault", readers: ["id-orders", "orders"], secrets: { greeting: "hello" } }],
};

/** The local Azure's own features: health, clock, seed and state. */
describe("a local Azure with a seed", () => {
  let azure: TestAzure;
  beforeAll(async () => {
    azure = await startTestAzure({ seed });
  });
  afterAll(() => azure.close());

  const own = (method: string, path: string, json?: object) =>
    azure.send(method, `${azure.azure.authority}/_local/${path}`, { json });
  const variables = (name: string) => azure.azure.seeded.get(name) ?? {};
  const tokenOf = async (name: string, scope: string): Promise<string> => {
    const { AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = variables(name);
    const { body } = await azure.askForToken({
      grant_type: "client_credentials",
      client_id: AZURE_CLIENT_ID ?? "",
      client_secret: AZURE_CLIENT_SECRET ?? "",
      scope: `${scope}/.default`,
    });
    return body.access_token ?? body.error_codes[0];
  };
  const greeting = async (name: string) => {
    const token = await tokenOf(name, "https://vault.azure.net");
    return (await azure.send("GET", `${variables("orders").VAULT_URI}secrets/greeting?api-version=7.6`, { token }))
      .body;
  };

  it("contains the seed's applications with their roles and grants, and its vaults with their secrets and readers", async () => {
    const token = await tokenOf("orders", variables("inventory").AZURE_CLIENT_ID ?? "");
    expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).roles).toEqual([
      "Inventory.Read",
    ]);
    expect(await tokenOf("inventory", variables("orders").AZURE_CLIENT_ID ?? "")).toBe(501051);
    expect((await greeting("orders")).value).toBe("hello");
    expect((await greeting("inventory")).error.innererror.code).toBe("AccessDenied");
    expect(Object.keys(variables("id-orders")).sort()).toEqual([
      "AZURE_CLIENT_ID",
      "IDENTITY_ENDPOINT",
      "IDENTITY_HEADER",
      "VAULT_URI",
    ]);
  });

  it("tells every client that it is running, and the ids of its tenant and subscription", async () => {
    const { status, body } = await own("GET", "health");
    const { tenantId, subscriptionId } = azure.azure;
    expect([status, body]).toEqual([200, { status: "ok", tenantId, subscriptionId, now: expect.any(String) }]);
  });

  it("can be set to another time, at which secrets expire, and refuses a time that is not a date", async () => {
    expect((await own("PUT", "time", { now: "2030-01-01T00:00:00Z" })).body.now).toMatch(/^2030-01-01T00:00:0/);
    expect(await tokenOf("orders", "https://vault.azure.net")).toBe(7000222);
    expect((await own("PUT", "time", { advanceSeconds: 86_400 })).body.now).toMatch(/^2030-01-02T00:00:0/);
    expect((await own("PUT", "time", { now: "tomorrow" })).body.error.message).toMatch(
      /^allowed: \{"now": "2027-01-31T00:00:00Z"\} or \{"advanceSeconds": 3600\}/,
    );
    await own("DELETE", "state");
  });

  it("returns to its initial state with a reset: the same applications, secrets and addresses, and the machine's time", async () => {
    await azure.graph("POST", "/v1.0/applications", { displayName: "another" });
    const { VAULT_URI } = variables("orders");
    const token = await azure.deployerToken("arm");
    const [vault] = [...azure.azure.subscription.vaults.values()];
    await azure.send("DELETE", `${azure.azure.authority}${vault?.id}?api-version=2026-02-01`, { token });
    await own("PUT", "time", { advanceSeconds: 1_000_000 });
    expect((await own("DELETE", "state")).status).toBe(200);
    const names = (await azure.graph("GET", "/v1.0/applications")).body.value.map(
      ({ displayName }: { displayName: string }) => displayName,
    );
    expect(names.sort()).toEqual(["deployer", "inventory", "orders"]);
    const [again] = [...azure.azure.subscription.vaults.values()];
    expect(again?.uri).toBe(VAULT_URI);
    expect((await greeting("orders")).value).toBe("hello");
    expect(Math.abs(Date.parse((await own("GET", "health")).body.now) - Date.now())).toBeLessThan(60_000);
  });
});

it("a saved state restores ids, secrets, vaults and the variables of the seed's clients, and earlier tokens stay valid", async () => {
  const first = await startTestAzure({ seed });
  const port = Number(new URL(first.azure.authority).port);
  const token = await first.deployerToken("graph");
  const { body } = await first.graph("POST", "/v1.0/applications", { displayName: "kept" }, token);
  const { body: secret } = await first.graph("POST", `/v1.0/applications/${body.id}/addPassword`, {}, token);
  await first.graph("POST", "/v1.0/servicePrincipals", { appId: body.appId }, token);
  const state = await first.azure.savedState();
  const { tenantId, subscriptionId, deployer } = first.azure;
  await first.close();

  await expect(startLocalAzure({ state })).rejects.toThrow(
    `the state was saved by a local Azure at https://localhost:${port}, and this one is at https://localhost:`,
  );
  const second = await startTestAzure({ state, port });
  try {
    const { azure } = second;
    expect([azure.tenantId, azure.subscriptionId, azure.deployer]).toEqual([tenantId, subscriptionId, deployer]);
    expect((await second.graph("GET", `/v1.0/applications/${body.id}`, undefined, token)).body.displayName).toBe(
      "kept",
    );
    const asked = await second.askForToken({
      grant_type: "client_credentials",
      client_id: body.appId,
      client_secret: secret.secretText,
      scope: "https://vault.azure.net/.default",
    });
    expect(asked.status).toBe(200);
    expect(azure.seeded.get("orders")).toEqual(first.azure.seeded.get("orders"));
    const { IDENTITY_ENDPOINT = "", ...identity } = azure.seeded.get("id-orders") ?? {};
    expect(identity).toEqual({
      AZURE_CLIENT_ID: first.azure.seeded.get("id-orders")?.AZURE_CLIENT_ID,
      IDENTITY_HEADER: expect.any(String),
      VAULT_URI: first.azure.seeded.get("id-orders")?.VAULT_URI,
    });
    const query = new URLSearchParams({
      "api-version": "2019-08-01",
      resource: "https://vault.azure.net",
      client_id: identity.AZURE_CLIENT_ID ?? "",
    });
    const hosted = await fetch(`${IDENTITY_ENDPOINT}?${query}`, {
      headers: { "x-identity-header": identity.IDENTITY_HEADER ?? "" },
    });
    expect(hosted.status).toBe(200);
    const [vault] = [...azure.subscription.vaults.values()];
    expect([vault?.name, vault?.secrets.get("greeting")?.at(-1)?.value]).toEqual(["orders-vault", "hello"]);
  } finally {
    await second.close();
  }
});

it("a seed that names an undefined reader is refused", async () => {
  await expect(startLocalAzure({ seed: { vaults: [{ name: "orders-vault", readers: ["nobody"] }] } })).rejects.toThrow(
    "readers of orders-vault names nobody; allowed: ",
  );
});
