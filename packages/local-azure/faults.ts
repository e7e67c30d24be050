import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

export const faultEndpoints = ["entra", "graph", "resourceManager", "keyVault", "managedIdentity"] as const;
/** A part of the local Azure. */
export type FaultEndpoint = (typeof faultEndpoints)[number];

/**
 * - `throttled`: 429 with `Retry-After`, nothing was done
 * - `internalError`: 500, nothing was done
 * - `unavailable`: 503, nothing was done
 * - `slow`: the answer comes late
 * - `dropped`: the connection ends, nothing was done
 * - `answerLost`: the connection ends after it was done
 */
export const faultKinds = ["throttled", "internalError", "unavailable", "slow", "dropped", "answerLost"] as const;
export type FaultKind = (typeof faultKinds)[number];

const fault = z.strictObject({
  /** Default: every one. */
  endpoint: z.enum(faultEndpoints).optional(),
  /** As in `POST`. Default: every one. */
  method: z.string().optional(),
  kind: z.enum(faultKinds),
  /** How likely a request meets it: more than 0, up to 1. Default 1. */
  probability: z.number().gt(0).max(1).default(1),
  /** The first request that can meet it, counted from 1 over all that the fault is for. Default 1. */
  from: z.int().min(1).default(1),
  /** How many requests meet it at most. Default: no limit. */
  times: z.int().min(1).optional(),
  /** `Retry-After` in whole seconds, or how late a slow answer is. Default 1. */
  seconds: z.number().min(0).max(600).default(1),
});

export const faultPlan = z.strictObject({
  /** Decides who meets a fault: one seed gives the same faults to the same requests. Default 1. */
  seed: z.int().default(1),
  faults: z.array(fault).default([]),
  /** For how long after its creation an application or service principal may be answered with 404. Default 0. */
  replicationSeconds: z.number().min(0).max(600).default(0),
  /** How long access tokens live. Default: as in Entra, an hour, and a day for managed identities. */
  tokenLifetimeSeconds: z.int().min(1).max(86_400).optional(),
  /** How far the local Azure's clock is ahead of the clients'; behind when negative. Default 0. */
  clockSkewSeconds: z.number().min(-86_400).max(86_400).default(0),
});

export type FaultPlan = z.input<typeof faultPlan>;
type Fault = z.output<typeof fault>;

export interface FaultEvent {
  readonly endpoint: FaultEndpoint;
  readonly method: string;
  readonly path: string;
  readonly kind: FaultKind | "notReplicated";
}

const guid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** What goes wrong in a local Azure: nothing, until a plan is set. */
export class Faults {
  /** What has gone wrong so far. */
  readonly events: FaultEvent[] = [];
  private plan: z.output<typeof faultPlan> = faultPlan.parse({});
  private readonly asked = new Map<string, number>();
  private readonly met = new Map<Fault, { seen: number; hit: number }>();
  private readonly createdAt = new Map<string, number>();

  /** @throws z.ZodError when the plan is impossible */
  set(plan: FaultPlan): void {
    this.plan = faultPlan.parse(plan);
    this.asked.clear();
    this.met.clear();
  }

  clear(): void {
    this.set({});
  }

  get tokenLifetimeSeconds(): number | undefined {
    return this.plan.tokenLifetimeSeconds;
  }

  get clockSkewSeconds(): number {
    return this.plan.clockSkewSeconds;
  }

  /** Puts the faults before and behind everything that the app serves; call it before its routes are registered. */
  install(app: Pick<FastifyInstance, "addHook">, endpointOf: (path: string) => FaultEndpoint | undefined): void {
    const lost = new WeakSet<FastifyRequest>();
    app.addHook("onRequest", async (request, reply) => {
      const path = request.url.split("?")[0] ?? "";
      const endpoint = endpointOf(path);
      if (endpoint === undefined) return;
      if (endpoint === "graph" && this.isHidden(path)) {
        this.events.push({ endpoint, method: request.method, path, kind: "notReplicated" });
        const message = `Resource '${path.split("/").pop()}' does not exist or one of its queried reference-property objects are not present.`;
        return reply.code(404).send({ error: { code: "Request_ResourceNotFound", message } });
      }
      const fault = this.next(endpoint, request.method, path);
      if (!fault) return;
      this.events.push({ endpoint, method: request.method, path, kind: fault.kind });
      if (fault.kind === "slow") await delay(fault.seconds * 1000);
      else if (fault.kind === "answerLost") lost.add(request);
      else if (fault.kind === "dropped") return dropped(request, reply);
      else return refused(reply, endpoint, fault);
    });
    app.addHook("onSend", async (request, reply, payload) => {
      this.remember(request, reply, payload);
      if (lost.has(request)) request.raw.socket.destroy();
      return payload;
    });
  }

  /** By seed, request and how often it was asked: independent of what else is under way. */
  private next(endpoint: FaultEndpoint, method: string, path: string): Fault | undefined {
    const request = `${method} ${path.replace(guid, "{id}")}`;
    const count = (this.asked.get(request) ?? 0) + 1;
    this.asked.set(request, count);
    return this.plan.faults.find((each, index) => {
      if ((each.endpoint ?? endpoint) !== endpoint || (each.method ?? method) !== method) return false;
      const { seen, hit } = this.met.get(each) ?? { seen: 0, hit: 0 };
      const isHit =
        seen + 1 >= each.from &&
        hit < (each.times ?? Number.POSITIVE_INFINITY) &&
        fraction(`${this.plan.seed} ${index} ${request} ${count}`) < each.probability;
      this.met.set(each, { seen: seen + 1, hit: hit + (isHit ? 1 : 0) });
      return isHit;
    });
  }

  private isHidden(path: string): boolean {
    if (this.plan.replicationSeconds === 0) return false;
    const [id] = /^\/graph\/(?:v1\.0|beta)\/(?:applications|servicePrincipals)\/([^/]+)/.exec(path)?.slice(1) ?? [];
    const created = this.createdAt.get(id ?? "");
    return created !== undefined && Date.now() < created + this.plan.replicationSeconds * 1000;
  }

  private remember(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    if (request.method !== "POST" || reply.statusCode !== 201 || typeof payload !== "string") return;
    if (!/\/(applications|servicePrincipals)\/?$/i.test(request.url.split("?")[0] ?? "")) return;
    this.createdAt.set(String((JSON.parse(payload) as { id?: string }).id), Date.now());
  }
}

function dropped(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

const answers = {
  throttled: [429, "TooManyRequests", "Too many requests."],
  internalError: [500, "InternalServerError", "An internal error has occurred."],
  unavailable: [503, "ServiceUnavailable", "The service is temporarily unavailable."],
} as const;

function refused(reply: FastifyReply, endpoint: FaultEndpoint, { kind, seconds }: Fault): FastifyReply {
  const [status, code, message] = answers[kind as keyof typeof answers];
  if (kind === "throttled") reply.header("retry-after", String(Math.ceil(seconds)));
  const body =
    endpoint === "entra"
      ? {
          error: "temporarily_unavailable",
          error_description: `AADSTS90033: A transient error has occurred. Please try again. ${message}`,
          error_codes: [90033],
        }
      : { error: { code, message } };
  return reply.code(status).send(body);
}

const fraction = (text: string): number => createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
