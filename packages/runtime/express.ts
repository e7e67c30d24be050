import type { IncomingMessage, ServerResponse } from "node:http";
import { admit, admittedClient } from "./admittedClient";
import type { CallingService, Guard } from "./guard";

/**
 * A middleware for an express route: only a caller that holds the app role gets past it.
 *
 * Use it as `app.get("/stock", requireAppRole(guard, "Inventory.Read"), …)`.
 *
 * @param onRefused is told why, for a log: the status, and a reason that repeats nothing of the token
 */
export function requireAppRole(
  guard: Guard,
  role: string,
  onRefused: (refused: { readonly status: number; readonly reason: string }) => void = () => {},
) {
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    guard.judge(request.headers.authorization, role).then((judgement) => {
      if (!judgement.refusal) {
        admit(request, judgement.caller);
        return next();
      }
      const { status, headers, body } = judgement.refusal;
      onRefused({ status, reason: judgement.reason });
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    }, next);
  };
}

/** Who sent a request that {@link requireAppRole} let through. */
export const clientOf: (request: IncomingMessage) => CallingService = admittedClient;
