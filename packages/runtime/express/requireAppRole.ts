import { admit, admittedClient } from "../admittedClient";
import { appRole } from "../appRole";
import type { Client } from "../client";
import type { Guard, Judgement } from "../guard";
import { runHook } from "../hook";
import type { RefusalCode } from "../refusal";

/** A refused request, for a log. The reason contains no part of the token. */
export interface Refused {
  readonly status: number;
  readonly code: RefusalCode;
  readonly reason: string;
}

/** A request of `node:http`, `node:https` or `node:http2`, and therefore of express. */
export interface NodeRequest {
  readonly headers: { readonly authorization?: string | undefined };
  readonly method?: string | undefined;
}

/** A response of the same modules. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed?: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}

/** Answers the request itself, or calls `next`. */
export type Middleware = (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => void;

/**
 * A middleware for an express route, which admits only clients with the app role. Put it before any handler that reads the body.
 *
 * Use it as `app.post("/stock", requireAppRole(guard, "Inventory.Write"), express.json(), …)`.
 *
 * @param onRefused is called for each refusal. An error that it throws does not affect the request.
 * @throws ConfigurationError for a string that cannot be the value of an app role
 */
export function requireAppRole(guard: Guard, role: string, onRefused?: (refused: Refused) => void): Middleware {
  const needed = appRole(role);
  const middleware: Middleware = (request, response, next) => {
    guard
      .judge(request.headers.authorization, needed, request.method)
      .then((judgement) => {
        if (judgement.refusal) return refuse(judgement, response, onRefused);
        return isAnswered(response) ? undefined : proceed(request, judgement.client, next);
      })
      .catch((error: unknown) => fail(response, error));
  };
  requiring.add(middleware);
  return middleware;
}

/** The client of a request that {@link requireAppRole} admitted. @throws Error for any other request */
export const clientOf: (request: NodeRequest) => Client = admittedClient;

/** The middlewares that {@link requireAppRole} created. */
const requiring = new WeakSet<object>();
/** Whether {@link requireAppRole} created a handler. */
export const requiresAppRole = (handler: object): boolean => requiring.has(handler);

/** Answers a refused request, unless something else has answered it, for example a time limit. */
export function refuse(
  judgement: Extract<Judgement, { refusal: object }>,
  response: NodeResponse,
  onRefused: ((refused: Refused) => void) | undefined,
): void {
  const { refusal, code, reason } = judgement;
  if (onRefused) runHook("onRefused", () => onRefused({ status: refusal.status, code, reason }));
  if (isAnswered(response)) return;
  // Another handler began an answer, and only the handlers after the guard would end it.
  if (response.headersSent) return void response.destroy();
  response.statusCode = refusal.status;
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(refusal.body));
}

/** The client has disconnected or has its answer: later handlers must neither run nor write. */
const isAnswered = (response: NodeResponse): boolean => response.writableEnded || response.destroyed === true;

/** Resolves when the later handlers are done, if they return a promise. */
async function proceed(request: NodeRequest, client: Client, next: (error?: unknown) => unknown): Promise<void> {
  admit(request, client);
  await next();
}

/**
 * Catches errors of later handlers and of listeners. Otherwise such an error would end the process: express catches it, but
 * other users of a middleware do not.
 */
function fail(response: NodeResponse, error: unknown): void {
  process.emitWarning(shown(error), { code: "RUNTIME_HANDLER_FAILED" });
  if (isAnswered(response)) return;
  try {
    if (response.headersSent) return void response.destroy();
    response.statusCode = 500;
    response.end("");
  } catch {
    // The warning above is enough: the same handler failed again.
    response.destroy();
  }
}

/** Reading an error's stack or text can also throw. */
function shown(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : String(error);
  } catch {
    return "an error that cannot be shown";
  }
}
