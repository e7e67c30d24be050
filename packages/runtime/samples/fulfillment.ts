import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import type { Caller } from "../caller";
import { requireAppRole } from "../fastify";
import type { Guard } from "../guard";
import { correlationHeader, createService, type ServerSettings } from "./service";

export interface Order {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
}

export interface Shipment {
  readonly orderId: string;
  readonly reservationId: string;
}

export interface FulfillmentOptions extends Pick<ServerSettings, "certificate"> {
  readonly guard: Guard;
  readonly caller: Pick<Caller, "fetch">;
  /** The address of inventory, for example `https://localhost:8443`. */
  readonly inventory: string;
  readonly logger?: FastifyServerOptions["logger"] | undefined;
}

/** Ships accepted orders. Each needs a reservation in inventory, and therefore its app role `Inventory.Write`. */
export class Fulfillment {
  readonly app: FastifyInstance;
  private readonly shipments: Shipment[] = [];
  private job: NodeJS.Timeout | undefined;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly options: FulfillmentOptions) {
    this.app = createService("fulfillment", options, options.logger);
    const reads = { onRequest: requireAppRole(options.guard, "Shipments.Read") };
    this.app.get("/shipments", reads, async () => ({ shipments: this.shipments }));
    this.app.addHook("onClose", async () => {
      clearInterval(this.job);
      await Promise.all(this.underWay);
    });
  }

  /** @throws Error if inventory refuses the reservation */
  async ship({ id, sku, quantity }: Order, correlationId: string = randomUUID()): Promise<Shipment> {
    const { caller, inventory } = this.options;
    const log = this.app.log.child({ correlationId, orderId: id });
    const response = await caller.fetch("inventory", `${inventory}/reservations`, {
      method: "POST",
      headers: { "content-type": "application/json", [correlationHeader]: correlationId },
      body: JSON.stringify({ orderId: id, sku, quantity }),
    });
    const answer = (await response.json()) as { id?: string; error?: string };
    if (!response.ok || !answer.id)
      throw new Error(`inventory answered ${response.status}: ${answer.error ?? "no reservation"}`);
    const shipment = { orderId: id, reservationId: answer.id };
    this.shipments.push(shipment);
    log.info({ reservationId: answer.id }, "shipped");
    return shipment;
  }

  /** The background job: ships one order after another until the app closes. */
  every(milliseconds: number, nextOrder: () => Order): void {
    this.job = setInterval(() => {
      const order = nextOrder();
      const shipping = this.ship(order).catch((error: Error) =>
        this.app.log.error({ orderId: order.id, reason: error.message }, "not shipped"),
      );
      this.underWay.add(shipping);
      void shipping.finally(() => this.underWay.delete(shipping));
    }, milliseconds);
  }
}
