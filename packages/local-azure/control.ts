import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Tenant } from "./tenant";

export interface ControlOptions {
  readonly tenant: Tenant;
  readonly subscriptionId: string;
  /** Moves the tenant's clock. @param seconds that it is ahead of the machine's from now on */
  readonly setAhead: (seconds: number) => void;
  /** How far it is ahead now, in seconds. */
  readonly ahead: () => number;
  readonly reset: () => Promise<void>;
}

const timeBody = z.union([
  z.strictObject({ now: z.iso.datetime({ offset: true }) }),
  z.strictObject({ advanceSeconds: z.number() }),
]);

/**
 * What is the local Azure's own and not Azure's: whether it is up, what time it is there, and back to how it started. A page in
 * a browser cannot send these requests: they need a JSON body or a method for which the browser asks first.
 */
export async function control(app: FastifyInstance, options: ControlOptions): Promise<void> {
  const { tenant, subscriptionId, setAhead, ahead, reset } = options;
  const shown = () => ({ status: "ok", tenantId: tenant.id, subscriptionId, now: tenant.now.toISOString() });

  app.get("/_local/health", async () => shown());

  app.put("/_local/time", async (request, reply) => {
    const parsed = timeBody.safeParse(request.body);
    if (!parsed.success) {
      const message = `allowed: {"now": "2027-01-31T00:00:00Z"} or {"advanceSeconds": 3600}; ${z.prettifyError(parsed.error)}`;
      return reply.code(400).send({ error: { code: "BadRequest", message } });
    }
    if ("now" in parsed.data) setAhead(ahead() + (Date.parse(parsed.data.now) - tenant.now.getTime()) / 1000);
    else setAhead(ahead() + parsed.data.advanceSeconds);
    return shown();
  });

  app.delete("/_local/state", async () => {
    await reset();
    return shown();
  });
}
