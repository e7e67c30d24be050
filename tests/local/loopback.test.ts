import { connect } from "node:net";
import { startTestAzure } from "../support/azure";

/** Whether something listens there: a server on all interfaces would also answer on another address of loopback. */
const listens = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.destroy() && resolve(true)).on("error", () => resolve(false));
  });

it("listens on 127.0.0.1 and nowhere else, and on nothing once it has stopped", async () => {
  const azure = await startTestAzure();
  await azure.arm("PUT", "/resourceGroups/rg", "2024-03-01", { location: "westeurope" });
  const vault = await azure.arm("PUT", "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/one", "2024-11-01", {
    location: "westeurope",
    properties: { tenantId: azure.azure.tenantId, sku: { family: "A", name: "standard" } },
  });
  const addresses = [
    azure.azure.authority,
    vault.body.properties.vaultUri,
    azure.azure.workloadHost().IDENTITY_ENDPOINT,
  ];
  const ports = addresses.map((address) => Number(new URL(address).port));
  const on = (host: string) => Promise.all(ports.map((port) => listens(host, port)));
  expect(await on("127.0.0.1")).toEqual([true, true, true]);
  expect(await on("127.0.0.2")).toEqual([false, false, false]);
  await azure.close();
  expect(await on("127.0.0.1")).toEqual([false, false, false]);
});
