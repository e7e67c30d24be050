import { randomUUID } from "node:crypto";
import type { BearerProblem } from "../bearer";

/** An error as Microsoft Graph writes it. */
export class GraphError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  body(now: Date, requestId: string = randomUUID()): Record<string, unknown> {
    return {
      error: {
        code: this.code,
        message: this.message,
        innerError: { date: now.toISOString().slice(0, 19), "request-id": requestId, "client-request-id": requestId },
      },
    };
  }
}

export const badRequest = (message: string, code = "Request_BadRequest") => new GraphError(400, code, message);

export const notFound = (id: string) =>
  new GraphError(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );

export const denied = () =>
  new GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");

export const unauthenticated = (problem: BearerProblem) =>
  new GraphError(
    401,
    "InvalidAuthenticationToken",
    typeof problem === "string"
      ? words[problem]
      : // Graph itself would answer for the directory of that tenant.
        `The local Azure has only the tenant of ${problem.expected}, but the token is of ${problem.found}.`,
  );

const words: Record<Extract<BearerProblem, string>, string> = {
  missing: "Access token is empty.",
  malformed: "CompactToken parsing failed.",
  expired: "Lifetime validation failed, the token is expired.",
  audience: "Access token validation failure. Invalid audience.",
  signature: "Access token validation failure. Invalid signature.",
};
