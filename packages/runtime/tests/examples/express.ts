import { clientOf, denyByDefault, requireAppRole } from "@microservice-identities/runtime/express";
import type { Guard } from "@microservice-identities/runtime/guard";
import express from "express";

export function inventory(guard: Guard, log: (line: object) => void) {
  const requires = (role: string) => requireAppRole(guard, role, (refused) => log({ msg: "refused", ...refused }));
  const app = express();

  app.get("/health", (_request, response) => response.send("ok"));

  app.get("/stock", requires("Inventory.Read"), (_request, response) => response.json({ mugs: 7 }));

  // The body is read after the check.
  app.post("/reservations", requires("Inventory.Write"), express.json(), (request, response) =>
    response.status(201).json({ by: clientOf(request).clientId }),
  );

  // Call this last: it sees only the routes that are defined before it.
  log({ msg: "routes without an app role", ...denyByDefault(app, { guard, open: ["GET /health"] }) });
  return app;
}
