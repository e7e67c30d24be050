import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Caller } from "@microservice-identities/runtime/caller";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";
import { inventory } from "@microservice-identities/runtime/samples/inventory";
import { guardOf } from "@microservice-identities/runtime/samples/service";

export interface TrafficOrder {
  readonly caller: ServiceConfiguration;
  readonly api: Pick<ServiceConfiguration, "tenantId" | "clientId" | "authority">;
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly perSecond: number;
}

export interface TrafficResult {
  readonly requests: number;
  /** How many of each answer: `201`, or the error. */
  readonly answers: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** How often this process has asked Entra for a token. */
  readonly tokenRequests: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** Whatever the libraries send with: their requests for tokens. */
let tokenRequests = 0;
for (const channel of ["undici:request:create", "http.client.request.start"])
  diagnostics.subscribe(channel, (message) => {
    const { path } = (message as { request: { path: string } }).request;
    if (path.includes("/oauth2/v2.0/token")) tokenRequests++;
  });

/** fulfillment reserves in inventory, so many times a second, until it is told to stop. */
async function run({ caller: configuration, api, certificate, perSecond }: TrafficOrder): Promise<TrafficResult> {
  const stock = { "mug-blue": 1_000_000 };
  const app = inventory({ guard: guardOf(api), certificate, logger: false, stock });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = `https://localhost:${(app.server.address() as AddressInfo).port}/reservations`;
  const caller = new Caller(configuration);
  let going = true;
  void once(process, "message").then(() => (going = false));
  const answers: Record<string, number> = {};
  const times: number[] = [];
  const reserve = async (order: number) => {
    const begun = performance.now();
    let answer: string;
    try {
      const body = JSON.stringify({ orderId: `order-${order}`, sku: "mug-blue", quantity: 1 });
      const headers = { "content-type": "application/json" };
      const response = await caller.fetch("inventory", address, { method: "POST", headers, body });
      await response.arrayBuffer();
      answer = String(response.status);
    } catch (error) {
      answer = (error as Error).message;
    }
    times.push(performance.now() - begun);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  const begun = performance.now();
  const underWay: Promise<void>[] = [];
  for (let order = 0; going; order++) {
    underWay.push(reserve(order));
    const wait = begun + ((order + 1) * 1000) / perSecond - performance.now();
    if (wait > 0) await delay(wait);
  }
  await Promise.all(underWay);
  const seconds = (performance.now() - begun) / 1000;
  await app.close();
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { requests: times.length, answers, seconds, tokenRequests, p50: at(0.5), p99: at(0.99), slowest: at(1) };
}

process.once("message", (order: TrafficOrder) => {
  run(order).then((result) => {
    process.send?.(result);
    process.disconnect();
  });
});
