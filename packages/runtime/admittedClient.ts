import type { Client } from "./client";

const clients = new WeakMap<object, Client>();

/** Remembers who sent a request that was let through. */
export function admit(request: object, client: Client): void {
  clients.set(request, client);
}

/** @throws Error when the request came past no guard */
export function admittedClient(request: object): Client {
  const client = clients.get(request);
  if (!client) throw new Error("nobody was admitted: the route is not guarded by requireAppRole, or is open");
  return client;
}
