import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BearerCheck, BearerError, type BearerProblem, type Principal } from "./bearer";

/** An error in the words of one of Azure's APIs. */
export interface ApiError extends Error {
  readonly status: number;
  body(now: Date): Record<string, unknown>;
}

/** How an API reports errors. */
export interface ApiWords<E extends ApiError> {
  /** The class of its errors. */
  readonly error: abstract new (
    ...given: never[]
  ) => E;
  readonly unauthenticated: (problem: BearerProblem) => E;
  /** A mistake in a request that the server finds before any route runs. */
  readonly malformed: (status: number, message: string) => E;
  /** `WWW-Authenticate` of a 401. Default: none. */
  readonly challenge?: () => string;
}

/** Headers of conditional requests. */
const conditions = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/**
 * Requires an access token for every request, and formats all errors as the API does. Call it before the API's routes are
 * registered.
 *
 * @returns who sent a request
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
    return reply.code(error.status).send(error.body(now()));
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
    const conditional = conditions.find((name) => (request.headers[name] ?? "*") !== "*");
    if (conditional !== undefined)
      throw words.malformed(400, `The local Azure does not serve the header '${conditional}'.`);
  });

  return (request) => {
    const known = callers.get(request);
    if (!known) throw new BearerError("missing");
    return known;
  };
}
