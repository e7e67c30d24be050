import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import http, { type RequestListener } from "node:http";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import type { ServiceConfiguration } from "../configuration";
import { callerFrom, reserve } from "./examples/caller";
import { configurationOrExit } from "./examples/configuration";
import { inventory as onExpress } from "./examples/express";
import { inventory as onFastify } from "./examples/fastify";
import { addStock } from "./examples/fastifyRoute";
import { guardFrom } from "./examples/guard";
import { inventory as onHono } from "./examples/hono";
import { inventory as onNode } from "./examples/nodeHttp";
import { observed } from "./examples/observed";
import { throughProxy } from "./examples/proxy";
import { testTenant } from "./support/testTenant";

const [tenantId, identity, client] = [randomUUID(), randomUUID(), randomUUID()];
const environment = {
  AZURE_TENANT_ID: tenantId,
  AZURE_CLIENT_ID: identity,
  SERVICE_CLIENT_ID: client,
  SERVICE_CREDENTIAL: "federated",
  SERVICE_APIS: '{"inventory": "api://inventory/.default"}',
};

describe("the examples", () => {
  const tenant = testTenant();
  const closing: (() => unknown)[] = [];
  let [reads, writes] = ["", ""];
  beforeAll(async () => {
    [reads, writes] = await Promise.all([tenant.token(["Inventory.Read"]), tenant.token(["Inventory.Write"])]);
  });
  afterAll(() => Promise.all(closing.map((close) => close())));

  const serve = async (handler: RequestListener | http.Server) => {
    const server = (handler instanceof http.Server ? handler : http.createServer(handler)).listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  type Asked = (path: string, token?: string, method?: string) => Promise<[number, unknown]>;
  const asking =
    (origin: string): Asked =>
    async (at, token, method = "GET") => {
      const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
      const response = await fetch(`${origin}${at}`, { method, headers });
      const text = await response.text();
      return [response.status, text.startsWith("{") ? JSON.parse(text) : text];
    };

  it("for fastify guard a whole app and a single route", async () => {
    const app = onFastify(tenant.guard);
    await app.register(async (child) => addStock(child, tenant.guard), { prefix: "/v2" });
    closing.push(() => app.close());
    const ask = asking(await app.listen({ host: "127.0.0.1", port: 0 }));
    expect([
      await ask("/health"),
      await ask("/stock", reads),
      await ask("/v2/stock", reads),
      await ask("/v2/stock", writes),
      await ask("/stock", writes),
      await ask("/reservations", writes, "POST"),
      await ask("/reservations", reads, "POST"),
    ]).toEqual([
      [200, "ok"],
      [200, { mugs: 7 }],
      [200, { mugs: 7 }],
      [403, { error: "insufficient_scope" }],
      [403, { error: "insufficient_scope" }],
      [201, { by: "orders" }],
      [403, { error: "insufficient_scope" }],
    ]);
  });

  it("for express guard a whole app, and log the open routes and the refusals", async () => {
    const logged: object[] = [];
    const ask = asking(await serve(onExpress(tenant.guard, (line) => logged.push(line))));
    expect([
      await ask("/health"),
      await ask("/stock", reads),
      await ask("/stock", writes),
      await ask("/reservations", writes, "POST"),
    ]).toEqual([
      [200, "ok"],
      [200, { mugs: 7 }],
      [403, { error: "insufficient_scope" }],
      [201, { by: "orders" }],
    ]);
    expect(logged).toEqual([
      { msg: "routes without an app role", open: ["GET /health"], denied: [], unchecked: [] },
      { msg: "refused", status: 403, code: "role_missing", reason: "the app role Inventory.Read is missing" },
    ]);
  });

  it("for node:http and Hono guard without an adapter", async () => {
    const logged: object[] = [];
    const ask = asking(await serve(onNode(tenant.guard, (line) => logged.push(line))));
    expect([await ask("/", reads), await ask("/", writes), await ask("/")]).toEqual([
      [200, { mugs: 7, for: "orders" }],
      [403, { error: "insufficient_scope" }],
      [401, { error: "unauthorized" }],
    ]);
    expect(logged).toHaveLength(2);
    const hono = onHono(tenant.guard);
    const answer = async (at: string, token?: string) => {
      const response = await hono.request(
        at,
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      );
      return [response.status, response.headers.get("www-authenticate"), await response.text()];
    };
    expect([await answer("/health"), await answer("/stock", reads), await answer("/stock")]).toEqual([
      [200, null, "ok"],
      [200, null, '{"mugs":7,"for":"orders"}'],
      [401, `Bearer realm="${tenant.clientId}"`, '{"error":"unauthorized"}'],
    ]);
  });

  it("for the configuration, a guard, a caller and telemetry work with environment variables", async () => {
    const exit = (message: string): never => {
      throw new Error(message);
    };
    const configuration = configurationOrExit(environment, exit);
    expect(configuration).toMatchObject({ tenantId, clientId: client, credential: { kind: "federated" } });
    expect(() => configurationOrExit({ ...environment, SERVICE_CREDENTIAL: "none" }, exit)).toThrow(
      'SERVICE_CREDENTIAL is "none"; allowed: secret, certificate or federated',
    );
    expect((await guardFrom(environment).judge(undefined, "Inventory.Read")).refusal?.status).toBe(401);
    const both = observed(configuration as ServiceConfiguration);
    expect((await both.guard.judge(undefined, "Inventory.Read")).refusal?.status).toBe(401);
    const unknown = {
      fetch: () => callerFrom(configuration as ServiceConfiguration).fetch("orders", "https://orders"),
    };
    expect(await reserve(unknown, "https://inventory", "order-1")).toBe(
      "ERR_API_UNKNOWN: it is not configured; the APIs are: inventory",
    );
    const reserved = { fetch: async () => new Response(null, { status: 201 }) };
    expect(await reserve(reserved, "https://inventory", "order-1")).toBe("reserved");
  });

  it("for a proxy send the guard's requests through it", async () => {
    const connects: string[] = [];
    const proxy = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (head) => {
        connects.push(String(head).split(" ").slice(0, 2).join(" "));
        socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      });
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    closing.push(() => proxy.close());
    process.env.HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { guard, close } = throughProxy(configurationOrExit(environment, () => process.exit(1)));
    delete process.env.HTTPS_PROXY;
    closing.push(close);
    expect((await guard.judge(`Bearer ${reads}`, "Inventory.Read")).refusal?.status).toBe(503);
    expect(connects[0]).toBe("CONNECT login.microsoftonline.com:443");
  });
});

describe("the pages for service teams", () => {
  const root = path.resolve(__dirname, "../../..");
  const pages = path.join(root, "docs", "runtime");
  const examples = path.join(__dirname, "examples");

  it("contain exactly the tested examples as code", async () => {
    const code = new Set<string>();
    for (const page of await readdir(pages))
      for (const [, block = ""] of (await readFile(path.join(pages, page), "utf8")).matchAll(/```ts\n([\s\S]*?)```/g))
        code.add(block);
    const tested = await Promise.all(
      (await readdir(examples)).map((file) => readFile(path.join(examples, file), "utf8")),
    );
    expect([...code].sort()).toEqual(tested.sort());
  });

  it("mention each exported value and each code", async () => {
    const manifest: { exports: Record<string, string> } = JSON.parse(
      await readFile(path.join(root, "packages", "runtime", "package.json"), "utf8"),
    );
    const text = (
      await Promise.all((await readdir(pages)).map((page) => readFile(path.join(pages, page), "utf8")))
    ).join("\n");
    const missing: string[] = [];
    for (const [subpath, file] of Object.entries(manifest.exports)) {
      if (subpath.includes("*")) continue;
      const names = Object.keys(await import(path.join(root, "packages", "runtime", file)));
      missing.push(
        ...names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text)).map((name) => `${subpath} ${name}`),
      );
    }
    const codes = [
      ...(await readFile(path.join(root, "packages", "runtime", "refusal.ts"), "utf8")).matchAll(/\| "(\w+)"/g),
    ];
    missing.push(...codes.map(([, code = ""]) => code).filter((code) => !text.includes(`\`${code}\``)));
    expect(missing).toEqual([]);
  });
});
