import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Tenant } from "./tenant";

export interface ControlOptions {
  readonly tenant: Tenant;
  readonly subscriptionId: string;
  /** Sets the tenant's clock. @param seconds how far it is ahead of the machine's from now on */
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
 * The local Azure's own endpoints, which Azure does not have: health, clock and reset. A page in a browser cannot send requests that
 * change anything: they need a JSON body or a method for which the browser first sends a preflight request.
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
