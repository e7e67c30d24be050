import type { AddressInfo } from "node:net";
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from "@microservice-identities/local-azure/certificateAuthority";
import type { FastifyInstance } from "fastify";
import { Agent, fetch } from "undici";
import type { Client } from "../../client";
import type { Guard } from "../../guard";
import { Fulfillment } from "../../samples/fulfillment";
import { inventory } from "../../samples/inventory";

/** A guard that admits every request that names the required role. The guard's own tests cover tokens. */
const guard = {
  judge: async (authorization: string | undefined, role: string) =>
    authorization === role
      ? { client: { clientId: "fulfillment", objectId: "object", roles: [role] } satisfies Client }
      : { refusal: { status: 403, headers: {}, body: { error: "insufficient_scope" } }, reason: "no role" },
} as unknown as Guard;

let certificates: CertificateAuthority;
let dispatcher: Agent;
const apps: FastifyInstance[] = [];
beforeAll(() => {
  certificates = createCertificateAuthority();
  dispatcher = new Agent({ connect: { ca: certificates.certificate } });
});
afterAll(async () => {
  await dispatcher.close();
  for (const app of apps) await app.close();
});

/** Sends a request to an app over HTTPS. */
async function serving(app: FastifyInstance) {
  apps.push(app);
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = `https://localhost:${(app.server.address() as AddressInfo).port}`;
  return async (method: "GET" | "POST", path: string, authorization: string, payload?: object) => {
    const response = await fetch(`${address}${path}`, {
      method,
      dispatcher,
      headers: { authorization, ...(payload ? { "content-type": "application/json" } : {}) },
      body: payload ? JSON.stringify(payload) : null,
    });
    // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the service answers
    return [response.status, (await response.json()) as any] as const;
  };
}

describe("the inventory", () => {
  const start = async () => {
    const certificate = certificates.serverCertificate();
    return serving(inventory({ guard, certificate, logger: false, stock: { mug: 3 } }));
  };
  const order = { orderId: "order-1", sku: "mug", quantity: 2 };

  it("can be read with one role and reserved with the other", async () => {
    const ask = await start();
    const status = async (method: "GET" | "POST", url: string, authorization: string) =>
      (await ask(method, url, authorization, method === "POST" ? order : undefined))[0];
    expect([
      await status("GET", "/stock", "Inventory.Read"),
      await status("GET", "/stock/mug", "Inventory.Read"),
      await status("GET", "/stock/cup", "Inventory.Read"),
      await status("GET", "/stock", "Inventory.Write"),
      await status("POST", "/reservations", "Inventory.Read"),
      await status("POST", "/reservations", "Inventory.Write"),
    ]).toEqual([200, 200, 404, 403, 403, 201]);
  });

  it("reserves once for each order, reports insufficient stock, and returns no data to a client without the role", async () => {
    const ask = await start();
    const reserve = (payload: object, authorization = "Inventory.Write") =>
      ask("POST", "/reservations", authorization, payload);
    const [status, first] = await reserve(order);
    expect([status, first]).toEqual([201, { ...order, id: first.id, by: "fulfillment" }]);
    expect(await reserve(order)).toEqual([200, first]);
    expect(await reserve({ ...order, orderId: "order-2" })).toEqual([409, { error: "not enough in stock", left: 1 }]);
    expect(await reserve({ ...order, orderId: "order-2", sku: "cup" })).toEqual([404, { error: "no such article" }]);
    expect((await reserve({ ...order, quantity: 0 }))[0]).toBe(400);
    expect(await reserve({ quantity: "many" }, "Inventory.Read")).toEqual([403, { error: "insufficient_scope" }]);
  });
});

describe("the fulfillment", () => {
  it("reports the answer of inventory if an order cannot be shipped", async () => {
    const certificate = certificates.serverCertificate();
    const seen: [string, string | URL, string | null][] = [];
    const caller = {
      fetch: async (api: string, address: string | URL, init?: RequestInit) => {
        seen.push([api, address, new Headers(init?.headers).get("x-correlation-id")]);
        return Response.json({ error: "not enough in stock", left: 0 }, { status: 409 });
      },
    };
    const fulfillment = new Fulfillment({ guard, certificate, caller, inventory: "https://inventory", logger: false });
    await expect(fulfillment.ship({ id: "order-1", sku: "mug", quantity: 1 }, "trail")).rejects.toThrow(
      new Error("inventory answered 409: not enough in stock"),
    );
    expect(seen).toEqual([["inventory", "https://inventory/reservations", "trail"]]);
    const ask = await serving(fulfillment.app);
    expect(await ask("GET", "/shipments", "Shipments.Read")).toEqual([200, { shipments: [] }]);
  });
});
