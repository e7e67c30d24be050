import type { FastifyReply, FastifyRequest } from "fastify";
import { admit, admittedClient } from "../admittedClient";
import { appRole } from "../appRole";
import type { Client } from "../client";
import type { Guard, Judgement } from "../guard";
import { runHook } from "../hook";

/** A hook of a fastify route. */
export type RouteHook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/**
 * An `onRequest` hook for a fastify route, which admits only clients with the app role. `onRequest` runs before the body is
 * read. As a `preHandler`, it would let everybody make the service read and validate a body.
 *
 * Use it as `app.get("/stock", { onRequest: requireAppRole(guard, "Inventory.Read") }, …)`.
 *
 * @throws ConfigurationError for a string that cannot be the value of an app role
 */
export function requireAppRole(guard: Guard, role: string): RouteHook {
  const needed = appRole(role);
  const hook: RouteHook = async (request, reply) =>
    settle(await guard.judge(request.headers.authorization, needed, request.method), request, reply);
  requiring.add(hook);
  return hook;
}

/** The client of a request that {@link requireAppRole} admitted. @throws Error for any other request */
export const clientOf: (request: FastifyRequest) => Client = admittedClient;

const requiring = new WeakSet<object>();
/** Whether {@link requireAppRole} created a hook. */
export const requiresAppRole = (hook: object): boolean => requiring.has(hook);

/** Lets the request continue, or answers it. */
export async function settle(
  judgement: Judgement,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (!judgement.refusal) {
    admit(request, judgement.client);
    return undefined;
  }
  const { refusal, code, reason } = judgement;
  runHook("log", () => request.log.warn({ status: refusal.status, code, reason }, "refused"));
  if (!reply.sent) {
    const answered = reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
    await new Promise<void>((resolve) => answered.then(resolve, () => resolve()));
    // A client that resets its HTTP/2 stream leaves a reply that counts as not sent: fastify would run the handler.
    if (!reply.sent) reply.hijack();
  }
  return reply;
}
