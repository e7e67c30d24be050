import { testTenant } from "../support/testTenant";
import { inventory } from "./app";

/** What the process says once the example answers. */
export interface ServedExample {
  readonly origin: string;
  readonly reads: string;
  readonly writes: string;
}

async function serve(): Promise<void> {
  const tenant = testTenant();
  const app = await inventory(tenant.guard);
  await app.listen(0, "127.0.0.1");
  const [reads, writes] = await Promise.all([tenant.token(["Inventory.Read"]), tenant.token(["Inventory.Write"])]);
  process.send?.({ origin: await app.getUrl(), reads, writes } satisfies ServedExample);
}

void serve();
