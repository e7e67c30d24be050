import { randomInt } from "node:crypto";
import { once } from "node:events";
import http, { type RequestListener } from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler } from "express";
import Fastify, { type FastifyInstance } from "fastify";
import { type NodeRequest, type NodeResponse, requireAppRole as onExpress } from "../../express";
import { requireAppRole as onFastify } from "../../fastify";
import { testTenant } from "./testTenant";

/** The message of the process after its servers have started. */
export interface FuzzedServers {
  readonly ports: Readonly<Record<"express1" | "node2" | "fastify1" | "fastify2", number>>;
  /** Two tokens of the tenant: the first with the role, the second without it. */
  readonly tokens: readonly string[];
}

/** The numbers of received and open requests, and of handlers that ran for a client without the role. */
export interface FuzzCounts {
  readonly received: number;
  readonly open: number;
  readonly wronglyHandled: number;
}

const role = "Things.Write";
let [received, open, wronglyHandled] = [0, 0, 0];

/** Returns the keys late, and sometimes not at all. If a time limit has answered before, the guard must not answer again. */
const keys = async (): Promise<Response> => {
  await new Promise((resolve) => setTimeout(resolve, randomInt(15)));
  if (randomInt(4) === 0) throw new TypeError("fetch failed");
  return tenant.keys();
};
const failing = {
  observe: () => {
    throw new Error("the telemetry is broken");
  },
};
const tenant = testTenant({ keysCooldown: 0, fetch: keys, telemetry: failing });
const { guard } = tenant;
/** Counts a request until its response is closed for any reason. */
function counted(response: { once(event: "close", listener: () => void): unknown }): void {
  received++;
  open++;
  response.once("close", () => open--);
}

/** Sometimes answers before the guard has decided, like a time limit. */
function limited(response: NodeResponse): void {
  const what = randomInt(6);
  if (what > 1) return;
  setTimeout(() => {
    if (response.writableEnded || response.headersSent) return;
    response.statusCode = 503;
    response.end("too late");
  }, randomInt(10));
  // Like a middleware that sends the headers before the guard has decided.
  if (what === 1 && "flushHeaders" in response && typeof response.flushHeaders === "function") response.flushHeaders();
}

let refusals = 0;
const middleware = onExpress(guard, role, () => {
  // A hook may throw, or reject.
  if (refusals++ % 2 === 0) throw new Error("the hook is broken");
  return Promise.reject(new Error("the hook is broken"));
});

function handle(request: NodeRequest, response: NodeResponse): void {
  if (request.headers.authorization?.includes(tokens[0] ?? "") !== true) wronglyHandled++;
  if (randomInt(10) === 0) throw new Error("the handler is broken");
  response.end("done");
}

let tokens: string[] = [];

async function serve(): Promise<void> {
  tokens = [await tenant.token([role]), await tenant.token([])];

  const app = express();
  app.use((_request, response, next) => {
    counted(response);
    limited(response);
    next();
  });
  app.all("/{*path}", middleware, express.json(), (request, response) => handle(request, response));
  // Express's own error handler waits for the end of the body, and throws if there is already an answer then.
  const answerErrors: ErrorRequestHandler = (_error, _request, response, _next) => {
    if (!response.headersSent) response.status(500);
    response.end();
  };
  app.use(answerErrors);
  const express1 = http.createServer(app as RequestListener);

  const node2 = http2.createServer((request, response) => {
    counted(response);
    limited(response);
    middleware(request, response, (error) => {
      if (error !== undefined) throw error;
      handle(request, response);
    });
  });

  const started: (http.Server | http2.Http2Server)[] = [express1, node2];
  for (const fastify of [Fastify(), Fastify({ http2: true }) as unknown as FastifyInstance]) {
    fastify.addHook("onRequest", async (_request, reply) => {
      counted(reply.raw);
      if (randomInt(6) > 0) return;
      const timer = setTimeout(() => {
        if (!reply.sent) void reply.code(503).send("too late");
      }, randomInt(10));
      reply.raw.once("close", () => clearTimeout(timer));
    });
    fastify.all("/*", { onRequest: onFastify(guard, role) }, async (request) => {
      if (request.headers.authorization?.includes(tokens[0] ?? "") !== true) wronglyHandled++;
      if (randomInt(10) === 0) throw new Error("the handler is broken");
      return "done";
    });
    await fastify.listen({ host: "127.0.0.1", port: 0 });
    started.push(fastify.server);
  }
  for (const server of [express1, node2]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const [one = 0, two = 0, three = 0, four = 0] = started.map((server) => (server.address() as AddressInfo).port);
  const said: FuzzedServers = { ports: { express1: one, node2: two, fastify1: three, fastify2: four }, tokens };
  process.send?.(said);
}

process.on("message", () => {
  const counts: FuzzCounts = { received, open, wronglyHandled };
  process.send?.(counts);
});
void serve();
