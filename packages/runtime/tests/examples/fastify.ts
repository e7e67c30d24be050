import { clientOf, denyByDefault } from "@microservice-identities/runtime/fastify";
import type { Guard } from "@microservice-identities/runtime/guard";
import Fastify from "fastify";

export function inventory(guard: Guard) {
  const app = Fastify({ logger: true });
  // Call this first: it sees only the routes that are defined after it.
  denyByDefault(app, { guard, open: ["GET /health"] });

  app.get("/health", async () => "ok");

  app.get("/stock", { config: { appRole: "Inventory.Read" } }, async () => ({ mugs: 7 }));

  app.post("/reservations", { config: { appRole: "Inventory.Write" } }, async (request, reply) =>
    reply.code(201).send({ by: clientOf(request).clientId }),
  );

  return app;
}
