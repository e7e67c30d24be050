import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Staleness } from "./directory";
import {
  type Fault,
  type FaultEndpoint,
  type FaultKind,
  type FaultPlan,
  type FaultSettings,
  settingsOf,
} from "./faultPlan";
import { fraction, Replicas, withoutIds } from "./replicas";
import type { Tenant } from "./tenant";

export { type FaultEndpoint, type FaultKind, type FaultPlan, faultKinds, faultPlan } from "./faultPlan";

export interface FaultEvent {
  readonly endpoint: FaultEndpoint;
  readonly method: string;
  readonly path: string;
  readonly kind: FaultKind | Staleness;
}

/** The injected faults of a local Azure; none until a plan is set. */
export class Faults {
  /** The faults so far. */
  readonly events: FaultEvent[] = [];
  private plan: FaultSettings = settingsOf({});
  private readonly asked = new Map<string, number>();
  private readonly met = new Map<Fault, { seen: number; hit: number }>();

  /** @throws z.ZodError when the plan is impossible */
  set(plan: FaultPlan): void {
    this.plan = settingsOf(plan);
    this.asked.clear();
    this.met.clear();
  }

  clear(): void {
    this.set({});
  }

  get tokenLifetimeSeconds(): number | undefined {
    return this.plan.tokenLifetimeSeconds;
  }

  get secretOperationSeconds(): number {
    return this.plan.secretOperationSeconds;
  }

  get clockSkewSeconds(): number {
    return this.plan.clockSkewSeconds;
  }

  /** Applies the faults to everything that the app serves. Call it before its routes are registered. */
  install(app: Pick<FastifyInstance, "addHook">, endpointOf: (path: string) => FaultEndpoint | undefined): void {
    const lost = new WeakSet<FastifyRequest>();
    app.addHook("onRequest", async (request, reply) => {
      const path = request.url.split("?")[0] ?? "";
      const endpoint = endpointOf(path);
      if (endpoint === undefined) return;
      const fault = this.next(endpoint, request.method, path);
      if (!fault) return;
      this.events.push({ endpoint, method: request.method, path, kind: fault.kind });
      if (fault.kind === "slow") await delay(fault.seconds * 1000);
      else if (fault.kind === "answerLost") lost.add(request);
      else if (fault.kind === "dropped") return dropped(request, reply);
      else return refused(reply, endpoint, fault);
    });
    app.addHook("onSend", async (request, _reply, payload) => {
      if (lost.has(request)) request.raw.socket.destroy();
      return payload;
    });
  }

  /** The longest lag of a replica. */
  get longestLagSeconds(): number {
    const { replication, tokenReplication, staleReadSeconds } = this.plan;
    return Math.max(staleReadSeconds, ...Object.values(replication), ...Object.values(tokenReplication));
  }

  /** The replicas of a tenant's directory. */
  replicasOf(tenant: Tenant): Replicas {
    return new Replicas(tenant, () => this.plan, {
      count: (request) => this.count(request),
      shown: (event) => void this.events.push(event),
    });
  }

  private count(request: string): number {
    const count = (this.asked.get(request) ?? 0) + 1;
    this.asked.set(request, count);
    return count;
  }

  /** The fault of the next request, if any. It depends only on the seed, the request and its count, not on concurrent requests. */
  private next(endpoint: FaultEndpoint, method: string, path: string): Fault | undefined {
    const request = `${method} ${withoutIds(path)}`;
    const count = this.count(request);
    return this.plan.faults.find((each, index) => {
      if ((each.endpoint ?? endpoint) !== endpoint || (each.method ?? method) !== method) return false;
      if (!path.includes(each.path ?? "")) return false;
      const { seen, hit } = this.met.get(each) ?? { seen: 0, hit: 0 };
      const isHit =
        seen + 1 >= each.from &&
        hit < (each.times ?? Number.POSITIVE_INFINITY) &&
        fraction(`${this.plan.seed} ${index} ${request} ${count}`) < each.probability;
      this.met.set(each, { seen: seen + 1, hit: hit + (isHit ? 1 : 0) });
      return isHit;
    });
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
