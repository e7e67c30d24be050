import { admit, admittedClient } from "../admittedClient";
import { appRole } from "../appRole";
import type { Client } from "../client";
import type { Guard, Judgement } from "../guard";
import { runHook } from "../hook";
import type { RefusalCode } from "../refusal";

/** What is told of a refused request, for a log. The reason repeats nothing of the token. */
export interface Refused {
  readonly status: number;
  readonly code: RefusalCode;
  readonly reason: string;
}

/** A request as Node has it: of `node:http`, `node:https` or `node:http2`, and so of express. */
export interface NodeRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

/** A response as Node has it. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed?: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}

/** Answers by itself, or calls `next`. */
export type Middleware = (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => void;

/**
 * A middleware for an express route: only a client that holds the app role gets past it. Put it before what reads the body.
 *
 * Use it as `app.post("/stock", requireAppRole(guard, "Inventory.Write"), express.json(), …)`.
 *
 * @param onRefused is told of each refusal. What it throws changes nothing for the request.
 * @throws ConfigurationError for what cannot be the value of an app role
 */
export function requireAppRole(guard: Guard, role: string, onRefused?: (refused: Refused) => void): Middleware {
  const needed = appRole(role);
  const middleware: Middleware = (request, response, next) => {
    guard
      .judge(request.headers.authorization, needed)
      .then((judgement) => {
        if (judgement.refusal) return refuse(judgement, response, onRefused);
        return isAnswered(response) ? undefined : proceed(request, judgement.client, next);
      })
      .catch((error: unknown) => fail(response, error));
  };
  requiring.add(middleware);
  return middleware;
}

/** Who sent a request that {@link requireAppRole} let through. @throws Error for any other request */
export const clientOf: (request: NodeRequest) => Client = admittedClient;

/** The middlewares that {@link requireAppRole} has made. */
const requiring = new WeakSet<object>();
/** Whether a handler is a middleware of {@link requireAppRole}. */
export const requiresAppRole = (handler: object): boolean => requiring.has(handler);

/** Answers a refused request, unless somebody else has, such as a time limit. */
export function refuse(
  judgement: Extract<Judgement, { refusal: object }>,
  response: NodeResponse,
  onRefused: ((refused: Refused) => void) | undefined,
): void {
  const { refusal, code, reason } = judgement;
  if (onRefused) runHook("onRefused", () => onRefused({ status: refusal.status, code, reason }));
  if (isAnswered(response)) return;
  // Somebody has begun an answer and will not end it: what follows the guard would have.
  if (response.headersSent) return void response.destroy();
  response.statusCode = refusal.status;
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(refusal.body));
}

/** The client is gone, or has its answer: what follows must neither run nor write. */
const isAnswered = (response: NodeResponse): boolean => response.writableEnded || response.destroyed === true;

/** Resolves when what follows is done, where that can be seen. */
async function proceed(request: NodeRequest, client: Client, next: (error?: unknown) => unknown): Promise<void> {
  admit(request, client);
  await next();
}

/**
 * What follows the guard, or is told of headers that are being sent, must not end the process when it throws: express itself
 * catches that, other users of a middleware do not.
 */
function fail(response: NodeResponse, error: unknown): void {
  process.emitWarning(shown(error), { code: "RUNTIME_HANDLER_FAILED" });
  if (isAnswered(response)) return;
  try {
    if (response.headersSent) return void response.destroy();
    response.statusCode = 500;
    response.end("");
  } catch {
    // Warned of above: whoever failed has failed again.
    response.destroy();
  }
}

/** An error's own stack or text may throw as well. */
function shown(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : String(error);
  } catch {
    return "an error that cannot be shown";
  }
}
