import type { Client } from "@microservice-identities/runtime/client";
import type { Guard } from "@microservice-identities/runtime/guard";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

type Guarded = { Variables: { client: Client } };

const requireAppRole = (guard: Guard, role: string) =>
  createMiddleware<Guarded>(async (context, next) => {
    const judgement = await guard.judge(context.req.header("authorization"), role);
    if (judgement.refusal) {
      const { status, headers, body } = judgement.refusal;
      return context.json(body, status, headers);
    }
    context.set("client", judgement.client);
    return next();
  });

export function inventory(guard: Guard) {
  const app = new Hono<Guarded>();
  app.get("/health", (context) => context.text("ok"));
  app.get("/stock", requireAppRole(guard, "Inventory.Read"), (context) =>
    context.json({ mugs: 7, for: context.get("client").clientId }),
  );
  return app;
}
