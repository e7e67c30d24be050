import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { LoopbackRequest, LoopbackResponse } from "../loopbackRequest";
import * as bodies from "./bodies";
import { badRequest } from "./graphError";

const methods = ["GET", "POST", "PATCH", "PUT", "DELETE"] as const;
const batchBody = z.strictObject({
  requests: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        method: z.string().toUpperCase().pipe(z.enum(methods)),
        url: z.string().startsWith("/"),
        headers: z.record(z.string(), z.string()).optional(),
        body: z.unknown().optional(),
        dependsOn: z.array(z.string()).optional(),
      }),
    )
    .min(1)
    .max(20)
    .refine((requests) => new Set(requests.map(({ id }) => id)).size === requests.length, {
      error: "every id must be unique",
    }),
});
type BatchRequest = z.output<typeof batchBody>["requests"][number];

interface BatchResponse {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Several requests in one: https://learn.microsoft.com/graph/json-batching. They are executed one after the other, in the given
 * order. The same rules and faults apply to each as to a single request.
 */
export function batchRoute(app: FastifyInstance, send: LoopbackRequest): void {
  app.post<{ Params: { version: string } }>("/:version(^v1\\.0$|^beta$)/$batch", async (request) => {
    const { requests } = bodies.parse(batchBody, request.body, "Batch");
    const { authorization = "" } = request.headers;
    const responses: BatchResponse[] = [];
    const known = requests.map(({ id }) => id);
    const unknown = requests.flatMap(({ dependsOn = [] }) => dependsOn).find((id) => !known.includes(id));
    if (unknown !== undefined)
      throw badRequest(`Property 'dependsOn' names '${unknown}', which is not a request of this batch.`);
    for (const one of requests) {
      const statuses = (one.dependsOn ?? []).map((id) => responses.find((each) => each.id === id)?.status ?? 424);
      const hasFailed = statuses.some((status) => status >= 400);
      const path = `${app.prefix}/${request.params.version}${one.url}`;
      responses.push(hasFailed ? dependencyFailed(one) : await answer(send, one, path, authorization));
    }
    return { responses };
  });
}

async function answer(
  send: LoopbackRequest,
  { id, method, headers = {}, body }: BatchRequest,
  path: string,
  authorization: string,
): Promise<BatchResponse> {
  const given = { "content-type": "application/json", ...lowerCase(headers), authorization };
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await send(method, path, given, text).catch((error: Error) => lost(error));
  const { status, contentType } = response;
  return {
    id,
    status,
    headers: contentType ? { "Content-Type": contentType } : {},
    ...(response.text ? { body: contentType.includes("json") ? JSON.parse(response.text) : response.text } : {}),
  };
}

/** The answer in a batch for a request whose connection was dropped. */
const lost = ({ message }: Error): LoopbackResponse => ({
  status: 503,
  contentType: "application/json",
  text: JSON.stringify({ error: { code: "ServiceUnavailable", message } }),
});

const dependencyFailed = ({ id }: BatchRequest): BatchResponse => ({
  id,
  status: 424,
  headers: { "Content-Type": "application/json" },
  body: { error: { code: "FailedDependency", message: "A request that this one depends on failed." } },
});

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
