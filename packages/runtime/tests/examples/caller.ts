import { Caller, TokenError } from "@microservice-identities/runtime/caller";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";

/** One for a process: it keeps the tokens. `configurationFrom(process.env)` gives the configuration. */
export const callerFrom = (configuration: ServiceConfiguration): Caller => new Caller(configuration);

export async function reserve(caller: Pick<Caller, "fetch">, inventory: string, orderId: string): Promise<string> {
  try {
    const response = await caller.fetch("inventory", `${inventory}/reservations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ orderId }),
      // Ends the waiting for a token and the request: neither has a limit of its own that is shorter.
      signal: AbortSignal.timeout(5_000),
    });
    return response.status === 201 ? "reserved" : `inventory answered ${response.status}`;
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return error.isTransient ? "try again later" : `${error.code}: ${error.remedy}`;
  }
}
