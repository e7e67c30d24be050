import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Caller } from "@microservice-identities/runtime/caller";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";
import { requireAppRole } from "@microservice-identities/runtime/fastify";
import { createService, guardOf } from "@microservice-identities/runtime/samples/service";
import { Agent, fetch as pooled } from "undici";

export interface TrafficOrder {
  readonly caller: ServiceConfiguration;
  readonly api: Pick<ServiceConfiguration, "tenantId" | "clientId" | "authority">;
  readonly role: string;
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly perSecond: number;
  /** The time in milliseconds since 1970 at which all clocks began to run faster, and the factor. */
  readonly clock: { readonly begun: number; readonly speed: number };
}

export interface TrafficResult {
  readonly requests: number;
  /** The number of each answer, which is `200` or an error. */
  readonly answers: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** The numbers of requests to Entra for a token and for the signing keys. */
  readonly tokenRequests: number;
  readonly keyRequests: number;
  /** Duration in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** A clock that runs faster. It shows the same time in each process. */
export const clockOf =
  ({ begun, speed }: TrafficOrder["clock"]) =>
  (): number =>
    begun + (Date.now() - begun) * speed;

/** The requests of this process, counted for each HTTP client that a library may use. */
let [tokenRequests, keyRequests] = [0, 0];
for (const channel of ["undici:request:create", "http.client.request.start"])
  diagnostics.subscribe(channel, (message) => {
    const { path } = (message as { request: { path: string } }).request;
    if (path.includes("/oauth2/v2.0/token")) tokenRequests++;
    if (path.includes("/discovery/v2.0/keys")) keyRequests++;
  });

/** Lets one service call the other `perSecond` times a second, until the parent process sends a message. */
async function run(order: TrafficOrder): Promise<TrafficResult> {
  const { caller: configuration, api, role, certificate, perSecond } = order;
  const clock = clockOf(order.clock);
  const app = createService("stock", { certificate }, false);
  app.get("/stock", { onRequest: requireAppRole(guardOf(api, { clock }), role) }, async () => ({ stock: 1 }));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = `https://localhost:${(app.server.address() as AddressInfo).port}/stock`;
  // A pool of a usual size. Without a limit, a busy moment leads to hundreds of handshakes at once.
  const dispatcher = new Agent({ connections: 64 });
  const send = ((input: string | URL, init: object) => pooled(input, { ...init, dispatcher })) as typeof fetch;
  const caller = new Caller(configuration, { clock, fetch: send });
  let going = true;
  void once(process, "message").then(() => (going = false));
  const answers: Record<string, number> = {};
  const times: number[] = [];
  const call = async () => {
    const begun = performance.now();
    let answer: string;
    try {
      const response = await caller.fetch("stock", address);
      await response.arrayBuffer();
      answer = String(response.status);
    } catch (error) {
      const { message, cause } = error as Error & { cause?: { code?: string } };
      answer = cause?.code === undefined ? message : `${message}: ${cause.code}`;
    }
    times.push(performance.now() - begun);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  const begun = performance.now();
  const underWay = new Set<Promise<void>>();
  for (let count = 0; going; count++) {
    const calling = call().finally(() => underWay.delete(calling));
    underWay.add(calling);
    const wait = begun + ((count + 1) * 1000) / perSecond - performance.now();
    if (wait > 0) await delay(wait);
  }
  await Promise.all(underWay);
  const seconds = (performance.now() - begun) / 1000;
  await dispatcher.close();
  await app.close();
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const [p50, p99, slowest] = [at(0.5), at(0.99), at(1)];
  return { requests: times.length, answers, seconds, tokenRequests, keyRequests, p50, p99, slowest };
}

process.once("message", (order: TrafficOrder) => {
  run(order).then((result) => {
    process.send?.(result);
    process.disconnect();
  });
});
