import { Caller, type CallerOptions } from "@microservice-identities/runtime/caller";
import type { ServiceConfiguration } from "@microservice-identities/runtime/configuration";
import { TokenError } from "@microservice-identities/runtime/tokenError";

/** What a test asks of a caller that runs where the services run: in a process that trusts the local Azure. */
export type CallerRequest =
  | {
      readonly do: "configure";
      readonly configuration: ServiceConfiguration;
      readonly options?: Omit<CallerOptions, "clock">;
    }
  | { readonly do: "time"; readonly now: number }
  | { readonly do: "tokens"; readonly api: string; readonly count: number }
  | { readonly do: "fetch"; readonly api: string; readonly address: string; readonly body?: string };

export type CallerAnswer =
  | { readonly tokens: readonly string[] }
  | { readonly status: number; readonly body: string }
  | { readonly error: { readonly name: string; readonly message: string; readonly code?: string } }
  | Record<string, never>;

let caller: Caller;
let now = Date.now();

async function answer(request: CallerRequest): Promise<CallerAnswer> {
  switch (request.do) {
    case "configure":
      caller = new Caller(request.configuration, { ...request.options, clock: () => now });
      return {};
    case "time":
      now = request.now;
      return {};
    case "tokens": {
      const waiting = Array.from({ length: request.count }, () => caller.tokenFor(request.api));
      return { tokens: await Promise.all(waiting) };
    }
    case "fetch": {
      const { api, address, body } = request;
      const init = body === "stream" ? { method: "POST", body: new ReadableStream() } : {};
      const response = await caller.fetch(api, address, init);
      return { status: response.status, body: await response.text() };
    }
  }
}

process.on("message", (request: CallerRequest) => {
  answer(request).then(
    (given) => process.send?.(given),
    (error: Error) => {
      const { name, message } = error;
      process.send?.({ error: { name, message, ...(error instanceof TokenError ? { code: error.code } : {}) } });
    },
  );
});
