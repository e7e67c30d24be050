import { once } from "node:events";
import { connect } from "node:net";
import { startTestAzure, type TestAzure } from "@microservice-identities/test-support/azure";
import { ProxyAgent, request } from "undici";

/** Some clients build a vault's address from its name, and need this proxy. */
describe("the proxy to the vaults", () => {
  let azure: TestAzure;
  beforeAll(async () => {
    azure = await startTestAzure();
    await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
    await azure.arm("PUT", "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/orders", "2026-02-01", {
      location: "westeurope",
      properties: { tenantId: azure.azure.tenantId, sku: { family: "A", name: "standard" } },
    });
  });
  afterAll(() => azure.close());

  it("connects a client to a vault by its name, with a certificate for this name", async () => {
    const dispatcher = new ProxyAgent({ uri: azure.azure.vaultProxy, requestTls: { ca: azure.azure.caCertificate } });
    const { statusCode, headers, body } = await request("https://orders.vault.azure.test/secrets?api-version=7.6", {
      dispatcher,
    });
    await body.dump();
    expect([statusCode, headers["www-authenticate"]]).toEqual([
      401,
      `Bearer authorization="${azure.azure.authority}/${azure.azure.tenantId}", resource="https://vault.azure.net"`,
    ]);
    await dispatcher.close();
  });

  it.each([
    ["orders.vault.azure.net:443", "403 Forbidden", "reaches only vaults"],
    ["orders.vault.azure.test:80", "403 Forbidden", "reaches only vaults"],
    ["registry.example:443", "403 Forbidden", "reaches only vaults"],
    ["billing.vault.azure.test:443", "404 Not Found", "There is no vault 'billing'"],
  ])("refuses a connection to %s", async (target, status, message) => {
    const { hostname, port } = new URL(azure.azure.vaultProxy);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    await once(socket, "close");
    expect(answer.startsWith(`HTTP/1.1 ${status}\r\n`)).toBe(true);
    expect(answer).toContain(message);
  });
});
