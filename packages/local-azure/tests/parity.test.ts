import { readFileSync } from "node:fs";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { currentParityPage, parityFile } from "../parity";
import { refusedOperations } from "../parity/refusedOperations";
import { servedOperations } from "../parity/servedOperations";

it("PARITY.md is up to date with the routes and the recordings: npm run parity-page writes it", async () => {
  expect(readFileSync(parityFile, "utf8")).toBe(await currentParityPage());
});

it("no operation is both served and refused", async () => {
  const served = (await servedOperations()).map(({ api, method, path }) => `${api} ${method} ${path}`);
  expect(refusedOperations.filter(({ api, method, path }) => served.includes(`${api} ${method} ${path}`))).toEqual([]);
});

describe("an operation that PARITY.md lists as refused is refused in the API's format with a message that says so", () => {
  let azure: TestAzure;
  let bases: Record<string, string>;
  const audiences: Record<string, string> = {
    "Microsoft Graph": "graph",
    "Resource Manager": "arm",
    "Key Vault": "https://vault.azure.net",
  };

  beforeAll(async () => {
    azure = await startTestAzure();
    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
    const vault = await azure.arm("PUT", "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/vault", "2026-02-01", {
      location: "westeurope",
      properties: { tenantId: azure.azure.tenantId, sku: { family: "A", name: "standard" } },
    });
    bases = {
      Entra: azure.azure.authority,
      "Microsoft Graph": `${azure.azure.authority}/graph`,
      "Resource Manager": azure.azure.authority,
      "Key Vault": vault.body.properties.vaultUri.replace(/\/$/, ""),
      "Managed identity": new URL(azure.azure.workloadHost().IDENTITY_ENDPOINT).origin,
    };
  });
  afterAll(() => azure.close());

  it.each(refusedOperations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    "%s",
    async (_name, { api, method, path }) => {
      const { tenantId, subscriptionId } = azure.azure;
      const known: Record<string, string> = {
        tenant: tenantId,
        subscription: subscriptionId,
        group: "rg",
        vault: "vault",
      };
      const address = path.replace(/\{(\w+)\}/g, (_, name) => known[name] ?? "00000000-0000-0000-0000-000000000001");
      const audience = audiences[api];
      const { status, body } = await azure.send(method, `${bases[api]}${address}?api-version=7.6`, {
        token: audience === undefined ? undefined : await azure.deployerToken(audience),
        json: method === "GET" ? undefined : {},
      });
      expect([400, 404]).toContain(status);
      expect(body.error?.message ?? body.error_description ?? body.message).toMatch(
        /The local Azure (does not serve|serves only)/,
      );
    },
  );
});
