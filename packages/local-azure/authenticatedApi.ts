import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BearerCheck, BearerError, type BearerProblem, type Principal } from "./bearer";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether the route is an action without a body. Default: all methods but GET and DELETE have a body. */
    readonly takesNoBody?: boolean;
  }
}

/** An error in the format of one of Azure's APIs. */
export interface ApiError extends Error {
  readonly status: number;
  body(now: Date): Record<string, unknown>;
  /** Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How an API reports errors. */
export interface ApiWords<E extends ApiError> {
  /** The class of its errors. */
  readonly error: abstract new (
    ...given: never[]
  ) => E;
  readonly unauthenticated: (problem: BearerProblem) => E;
  /** The error for a mistake that the server finds before any route runs. */
  readonly malformed: (status: number, message: string) => E;
  /** The supported values of the header `Prefer`. Default: none. */
  readonly preferences?: readonly string[];
  /** `WWW-Authenticate` of a 401. Default: none. */
  readonly challenge?: () => string;
}

/** Headers of conditional requests. `If-Match: *` has no effect on an object that must exist anyway. */
const conditions = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
const isHarmless = (name: string, value: unknown, method: string) =>
  value === undefined || (name === "if-match" && value === "*" && method !== "PUT");
/** Headers that turn a request into another one. */
const overrides = [
  ...["x-http-method", "x-http-method-override", "x-method-override", "content-encoding", "content-range"],
  // A second token, for resources of another tenant.
  "x-ms-authorization-auxiliary",
];

/**
 * Requires an access token for every request, and formats all errors as the API does. Call it before the API's routes are
 * registered.
 *
 * @returns a function that returns the caller of a request
 */
export function authenticatedApi<E extends ApiError>(
  app: FastifyInstance,
  bearer: BearerCheck,
  now: () => Date,
  words: ApiWords<E>,
): (request: FastifyRequest) => Principal {
  const callers = new WeakMap<FastifyRequest, Principal>();

  const send = (reply: FastifyReply, error: E): FastifyReply => {
    if (error.status === 401 && words.challenge) reply.header("www-authenticate", words.challenge());
    return reply
      .code(error.status)
      .headers(error.headers ?? {})
      .send(error.body(now()));
  };
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof words.error) return send(reply, error);
    if (error instanceof BearerError) return send(reply, words.unauthenticated(error.problem));
    const { statusCode = 500 } = error;
    if (statusCode >= 500) throw error;
    return send(reply, words.malformed(statusCode, error.message));
  });
  app.addHook("onRequest", async (request) => {
    callers.set(request, await bearer(request.headers.authorization));
    const conditional = conditions.find((name) => !isHarmless(name, request.headers[name], request.method));
    if (conditional !== undefined)
      throw words.malformed(400, `The local Azure does not serve the header '${conditional}'.`);
    const override = overrides.find((name) => request.headers[name] !== undefined);
    if (override !== undefined) throw words.malformed(400, `The local Azure does not serve the header '${override}'.`);
    const preferred = [request.headers.prefer ?? []].flat().flatMap((each) => each.split(","));
    const unserved = preferred.map((each) => each.trim()).find((each) => !words.preferences?.includes(each));
    if (unserved !== undefined)
      throw words.malformed(400, `The local Azure does not serve the header 'Prefer: ${unserved}'.`);
  });
  app.addHook("preHandler", async ({ method, body, params, routeOptions }) => {
    // An escaped slash in a name would be taken for a part of the path where ids are made of the path.
    const { "*": _, ...parts } = (params ?? {}) as Record<string, string>;
    const broken = Object.values(parts).find((part) => /[/\p{Cc}]/u.test(part));
    if (broken !== undefined)
      throw words.malformed(400, `The part '${broken}' of the path has a slash or a control character.`);
    if (method !== "DELETE" && routeOptions.config.takesNoBody !== true) return;
    const [member] = Object.keys(body ?? {});
    if (member !== undefined)
      throw words.malformed(400, `The local Azure accepts no body here; the given one has the member '${member}'.`);
  });

  return (request) => {
    const known = callers.get(request);
    if (!known) throw new BearerError("missing");
    return known;
  };
}
