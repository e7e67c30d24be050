import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { connect } from "node:net";
import { json } from "node:stream/consumers";
import { type LocalAzure, startLocalAzure } from "../localAzure";

/** Whether a server listens on this address. A server on all interfaces would also answer on other loopback addresses. */
const listens = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.destroy() && resolve(true)).on("error", () => resolve(false));
  });

let azure: LocalAzure;
beforeEach(async () => {
  azure = await startLocalAzure();
});
afterEach(() => azure.close());

it("listens only on 127.0.0.1, and on no address after it has stopped", async () => {
  const ports = [azure.authority, azure.workloadHost().IDENTITY_ENDPOINT].map((address) =>
    Number(new URL(address).port),
  );
  const on = (host: string) => Promise.all(ports.map((port) => listens(host, port)));
  expect(await on("127.0.0.1")).toEqual([true, true]);
  expect(await on("127.0.0.2")).toEqual([false, false]);
  await azure.close();
  expect(await on("127.0.0.1")).toEqual([false, false]);
});

it("answers only requests for its own host names", async () => {
  const ask = async (address: string, host?: string) => {
    // The client checks the certificate for `localhost`, whatever the header contains.
    const options = { headers: host ? { host } : {}, ca: azure.caCertificate, servername: "localhost" };
    const request = address.startsWith("https:") ? https.get(address, options) : http.get(address, options);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return [response.statusCode, await json(response)];
  };
  const metadata = `${azure.authority}/metadata/endpoints?api-version=2022-09-01`;
  for (const address of [metadata, azure.workloadHost().IDENTITY_ENDPOINT]) {
    expect(await ask(address, "attacker.example")).toEqual([
      421,
      {
        error: {
          code: "MisdirectedRequest",
          message: "The local Azure does not answer requests to 'attacker.example', only to localhost and 127.0.0.1.",
        },
      },
    ]);
  }
  expect((await ask(metadata))[0]).toBe(200);
});
