import type { Client } from "./client";

const clients = new WeakMap<object, Client>();

/** Remembers the client of an admitted request. */
export function admit(request: object, client: Client): void {
  clients.set(request, client);
}

/** @throws Error if no guard admitted the request */
export function admittedClient(request: object): Client {
  const client = clients.get(request);
  if (!client) throw new Error("there is no admitted client: the route is open, or requireAppRole does not guard it");
  return client;
}
