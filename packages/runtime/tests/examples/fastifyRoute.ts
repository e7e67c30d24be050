import { requireAppRole } from "@microservice-identities/runtime/fastify";
import type { Guard } from "@microservice-identities/runtime/guard";
import type { FastifyInstance } from "fastify";

export function addStock(app: FastifyInstance, guard: Guard): void {
  app.get("/stock", { onRequest: requireAppRole(guard, "Inventory.Read") }, async () => ({ mugs: 7 }));
}
