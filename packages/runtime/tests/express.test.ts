import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { requireAppRole } from "../express";
import { testTenant } from "./support/testTenant";

/** Starts an API whose guard waits for the signing keys until the test releases them. */
async function waitingApi(
  onRefused?: () => never,
  beforeGuard: express.RequestHandler = (_request, _response, next) => next(),
) {
  let asked = (): void => {};
  let release = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const tenant = testTenant({
    fetch: async () => {
      asked();
      await released;
      throw new TypeError("fetch failed");
    },
  });
  let handled = 0;
  const app = express();
  app.use(beforeGuard);
  app.post("/", requireAppRole(tenant.guard, "Things.Write", onRefused), (_request, response) => {
    handled++;
    response.end("done");
  });
  const server = http.createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const token = await tenant.token(["Things.Write"]);
  /** A request whose body never ends. */
  const request = http.request({ port, method: "POST", headers: { authorization: `Bearer ${token}` } });
  request.write("{");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { request, isAsked, release, handled: () => handled, close };
}

describe("requireAppRole on express", () => {
  it("keeps an earlier answer of a time limit, even if the body is still being sent", async () => {
    let answerNow = (): void => {};
    const { request, isAsked, release, handled, close } = await waitingApi(undefined, (_request, response, next) => {
      answerNow = () => response.writeHead(503).end("too late");
      next();
    });
    await isAsked;
    answerNow();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    release();
    expect([response.statusCode, await text(response), handled()]).toEqual([503, "too late", 0]);
    request.destroy();
    close();
  });

  it("refuses a request even if the hook onRefused throws", async () => {
    const { request, release, handled, close } = await waitingApi(() => {
      throw new Error("the hook is broken");
    });
    release();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect([response.statusCode, await text(response), handled()]).toEqual([
      503,
      '{"error":"temporarily_unavailable"}',
      0,
    ]);
    request.destroy();
    close();
  });

  it("closes the connection of a refused request if the headers were already sent", async () => {
    const { request, release, handled, close } = await waitingApi(undefined, (_request, response, next) => {
      response.flushHeaders();
      next();
    });
    release();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await expect(text(response)).rejects.toThrow("aborted");
    expect(handled()).toBe(0);
    close();
  });
});

async function text(response: http.IncomingMessage): Promise<string> {
  let all = "";
  for await (const chunk of response) all += chunk;
  return all;
}
