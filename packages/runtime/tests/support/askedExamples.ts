import { once } from "node:events";
import http, { type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { callerFrom, reserve } from "../examples/caller";
import { configurationOrExit } from "../examples/configuration";
import { inventory as onExpress } from "../examples/express";
import { inventory as onFastify } from "../examples/fastify";
import { guardFrom } from "../examples/guard";
import { inventory as onHono } from "../examples/hono";
import { inventory as onNest } from "../examples/nestjs";
import { inventory as onNode } from "../examples/nodeHttp";
import { observed } from "../examples/observed";
import { testTenant } from "./testTenant";

/** The answers of the pages' examples, for example `GET /stock: 200 {"mugs":7}`. */
export type AskedExamples = Readonly<Record<string, readonly string[]>>;

/** Runs the examples in their folder, and sends requests to each guarded app: with a token for reading, one for writing, and none. */
async function askExamples(): Promise<AskedExamples> {
  const tenant = testTenant();
  const tokens = { reads: await tenant.token(["Inventory.Read"]), writes: await tenant.token(["Inventory.Write"]) };
  type Sent = (method: string, path: string, headers: Record<string, string>) => Promise<Response>;
  const answers = async (send: Sent, ...requests: readonly string[]): Promise<readonly string[]> => {
    const all: string[] = [];
    for (const request of requests) {
      const [method = "", path = "", as] = request.split(" ");
      const token = as === "reads" || as === "writes" ? tokens[as] : undefined;
      const response = await send(method, path, token === undefined ? {} : { authorization: `Bearer ${token}` });
      all.push(`${request}: ${response.status} ${await response.text()}`);
    }
    return all;
  };
  const requestsTo =
    (origin: string): Sent =>
    (method, path, headers) =>
      fetch(`${origin}${path}`, { method, headers });
  const listening = async (handler: RequestListener | http.Server) => {
    const server = handler instanceof http.Server ? handler : http.createServer(handler);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return requestsTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };

  const fastify = onFastify(tenant.guard);
  const nest = await onNest(tenant.guard);
  await nest.listen(0, "127.0.0.1");
  const hono = onHono(tenant.guard);
  const whole = ["GET /health", "GET /stock", "GET /stock reads", "POST /reservations writes"];

  const environment = {
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
    SERVICE_CLIENT_ID: tenant.clientId,
    SERVICE_CREDENTIAL: "federated",
  };
  const configuration = configurationOrExit(environment, (message) => {
    throw new Error(message);
  });
  const judged = await Promise.all(
    [guardFrom(environment), observed(configuration).guard].map((guard) => guard.judge(undefined, "Inventory.Read")),
  );
  return {
    fastify: await answers(requestsTo(await fastify.listen({ host: "127.0.0.1", port: 0 })), ...whole),
    express: await answers(await listening(onExpress(tenant.guard, () => {})), ...whole),
    nestjs: await answers(requestsTo(await nest.getUrl()), ...whole, "GET /stock writes", "GET /forgotten reads"),
    node: await answers(await listening(onNode(tenant.guard, () => {})), "GET /", "GET / reads"),
    hono: await answers(async (method, path, headers) => hono.request(path, { method, headers }), ...whole.slice(0, 3)),
    guards: judged.map(({ refusal }) => `${refusal?.status}`),
    caller: [await reserve(callerFrom(configuration), "https://inventory", "order-1")],
  };
}

askExamples().then(
  (answered) => {
    // The examples write their logs to the same stream, even after this line.
    process.stdout.write(`\nanswered: ${JSON.stringify(answered)}\n`, () => process.exit());
  },
  (error: Error) => {
    console.error(error);
    process.exit(1);
  },
);
