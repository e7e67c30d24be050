import type { AddressInfo } from "node:net";
import type { LocalAzure } from "@microservice-identities/local-azure/localAzure";
import { inventory } from "@microservice-identities/runtime/samples/inventory";
import { guardOf } from "@microservice-identities/runtime/samples/service";
import { Agent, fetch } from "undici";
import type { Registered } from "./registration";
import type { Session } from "./session";

/** The call itself, a call beyond the token's role, and one with a token that somebody changed. */
export async function call({ recorder, azure }: Session, api: Registered, token: string): Promise<void> {
  recorder.write("## 6. The call");
  const { tenantId, authority } = azure;
  const app = inventory({
    guard: guardOf({ tenantId, clientId: api.clientId, authority }, { fetch: trusting(azure) }),
    certificate: await azure.serverCertificate(),
    logger: false,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = `https://localhost:${(app.server.address() as AddressInfo).port}`;
  recorder.showAs(address, "https://inventory.example");
  const authorization = `Bearer ${token}`;
  const reservation = await recorder.record({
    method: "POST",
    url: `${address}/reservations`,
    headers: { authorization },
    json: { orderId: "order-1", sku: "mug-blue", quantity: 2 },
  });
  recorder.showAs(reservation.json.id, "{reservation}");
  recorder.write("The token contains no role for reading. The API knows the caller, but refuses:");
  await recorder.record({ method: "GET", url: `${address}/stock`, headers: { authorization } });
  recorder.write("A modified token is refused:");
  await recorder.record({
    method: "GET",
    url: `${address}/stock`,
    headers: { authorization: authorization.slice(0, -4) },
  });
  await app.close();
}

function trusting({ caCertificate }: LocalAzure): typeof globalThis.fetch {
  const dispatcher = new Agent({ connect: { ca: caCertificate }, keepAliveTimeout: 1 });
  return ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
}
