import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import { clientOf, requireAppRole } from "../fastify";
import type { Guard } from "../guard";
import { createService, type ServerSettings } from "./service";

interface Reservation {
  readonly id: string;
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
  /** The client id of the service that created it. */
  readonly by: string;
}

const reservationBody = {
  type: "object",
  required: ["orderId", "sku", "quantity"],
  additionalProperties: false,
  properties: {
    orderId: { type: "string", minLength: 1, maxLength: 64 },
    sku: { type: "string", minLength: 1, maxLength: 64 },
    quantity: { type: "integer", minimum: 1, maximum: 1000 },
  },
} as const;

export interface InventoryOptions extends Pick<ServerSettings, "certificate"> {
  readonly guard: Guard;
  readonly logger?: FastifyServerOptions["logger"] | undefined;
  /** The number in stock, by article. */
  readonly stock?: Readonly<Record<string, number>> | undefined;
}

const someStock = { "kettle-1": 1000, "mug-blue": 1000, "mug-red": 1000 };

/** The stock: `Inventory.Read` allows reading it, `Inventory.Write` allows reservations. */
export function inventory({ guard, certificate, logger, stock = someStock }: InventoryOptions): FastifyInstance {
  const app = createService("inventory", { certificate }, logger);
  const left = new Map(Object.entries(stock));
  const reservations = new Map<string, Reservation>();
  const reads = { onRequest: requireAppRole(guard, "Inventory.Read") };
  const writes = { onRequest: requireAppRole(guard, "Inventory.Write") };

  app.get("/stock", reads, async () => ({ stock: Object.fromEntries(left) }));

  app.get<{ Params: { sku: string } }>("/stock/:sku", reads, async (request, reply) => {
    const { sku } = request.params;
    const quantity = left.get(sku);
    return quantity === undefined ? reply.code(404).send({ error: "no such article" }) : { sku, quantity };
  });

  app.post<{ Body: Omit<Reservation, "id" | "by"> }>(
    "/reservations",
    { ...writes, schema: { body: reservationBody } },
    async (request, reply) => {
      const { orderId, sku, quantity } = request.body;
      const by = clientOf(request).clientId;
      const key = JSON.stringify([by, orderId, sku]);
      const before = reservations.get(key);
      // A repeated request, for example after a lost answer, gets the same reservation.
      if (before?.quantity === quantity) return before;
      if (before)
        return reply.code(409).send({ error: "reserved with a different quantity", quantity: before.quantity });
      const rest = left.get(sku);
      if (rest === undefined) return reply.code(404).send({ error: "no such article" });
      if (rest < quantity) return reply.code(409).send({ error: "not enough in stock", left: rest });
      left.set(sku, rest - quantity);
      const reservation = { id: randomUUID(), orderId, sku, quantity, by };
      reservations.set(key, reservation);
      request.log.info({ orderId, sku, quantity, left: rest - quantity }, "reserved");
      return reply.code(201).send(reservation);
    },
  );

  return app;
}
