import type { FastifyReply, FastifyRequest } from "fastify";
import { admit, admittedClient } from "./admittedClient";
import type { CallingService, Guard } from "./guard";

/**
 * A `preHandler` for a fastify route: only a caller that holds the app role gets past it.
 *
 * Use it as `app.get("/stock", { preHandler: requireAppRole(guard, "Inventory.Read") }, …)`.
 */
export function requireAppRole(guard: Guard, role: string) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const judgement = await guard.judge(request.headers.authorization, role);
    if (judgement.refusal) {
      const { status, headers, body } = judgement.refusal;
      request.log.warn({ status, reason: judgement.reason }, "refused");
      return reply.code(status).headers(headers).send(body);
    }
    admit(request, judgement.caller);
    return undefined;
  };
}

/** Who sent a request that {@link requireAppRole} let through. */
export const clientOf: (request: FastifyRequest) => CallingService = admittedClient;
