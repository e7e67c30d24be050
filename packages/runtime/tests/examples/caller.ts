import { Caller, TokenError } from "@microservice-identities/runtime/caller";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";

/** Create one for each process: it caches the tokens. `configurationFrom(process.env)` returns the configuration. */
export const callerFrom = (configuration: ServiceConfiguration): Caller => new Caller(configuration);

export async function reserve(caller: Pick<Caller, "fetch">, inventory: string, orderId: string): Promise<string> {
  try {
    const response = await caller.fetch("inventory", `${inventory}/reservations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ orderId }),
      // Limits the wait for a token and the request together: the token's own limit is longer, and the request has none.
      signal: AbortSignal.timeout(5_000),
    });
    return response.status === 201 ? "reserved" : `inventory answered ${response.status}`;
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return error.isTransient ? "try again later" : `${error.code}: ${error.remedy}`;
  }
}
