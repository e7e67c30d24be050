import { json } from "node:stream/consumers";
import { inspect } from "node:util";
import { getHeapSnapshot } from "node:v8";
import { Caller, type CallerOptions } from "../../caller";
import type { ServiceConfiguration } from "../../configuration";
import type { TelemetryEvent } from "../../telemetry";
import { TokenError } from "../../tokenError";

/** A test's request to the process of a caller. Like a service, the process trusts the local Azure's certificate. */
export type CallerRequest =
  | {
      readonly do: "configure";
      readonly configuration: ServiceConfiguration;
      readonly options?: Omit<CallerOptions, "clock" | "fetch" | "telemetry">;
      /** The AADSTS codes with which Entra answers the first token requests, as if some replicas were outdated. */
      readonly refusals?: readonly number[];
    }
  | { readonly do: "time"; readonly now: number }
  | { readonly do: "tokens"; readonly api: string; readonly count: number; readonly abortAfterMs?: number }
  | { readonly do: "fetch"; readonly api: string; readonly address: string; readonly body?: string }
  | { readonly do: "forget"; readonly api: string }
  /** The printed caller with its last error, and its events. */
  | { readonly do: "inspect" }
  /** The names of the properties that contain these values in a heap dump. */
  | { readonly do: "heap"; readonly values: readonly string[] };

export type CallerAnswer =
  | { readonly tokens: readonly string[] }
  | { readonly status: number; readonly body: string }
  | {
      readonly shown: string;
      readonly events: readonly TelemetryEvent[];
      /** The parameter `claims` of each token request. */
      readonly claims: readonly (string | null)[];
    }
  | {
      readonly error: {
        readonly name: string;
        readonly message: string;
        readonly code?: string;
        readonly isTransient?: boolean;
      };
    }
  | { readonly names: readonly string[] }
  | Record<string, never>;

let caller: Caller;
let now = Date.now();
let events: TelemetryEvent[] = [];
let lastError: unknown;
let claims: (string | null)[] = [];

function fetchWith(refusals: readonly number[]): typeof fetch {
  const left = [...refusals];
  return async (input, init) => {
    if (!String(input).includes("/oauth2/v2.0/token")) return fetch(input, init);
    claims.push(new URLSearchParams(String(init?.body)).get("claims"));
    const code = left.shift();
    if (code === undefined) return fetch(input, init);
    const body = { error: "invalid_client", error_description: `AADSTS${code}: no.`, error_codes: [code] };
    return Response.json(body, { status: 401 });
  };
}

async function answer(request: CallerRequest): Promise<CallerAnswer> {
  switch (request.do) {
    case "configure": {
      [events, claims] = [[], []];
      const telemetry = {
        observe: (event: TelemetryEvent) => void events.push(event),
        headers: () => ({ traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }),
      };
      const { configuration, options, refusals = [] } = request;
      caller = new Caller(configuration, { ...options, telemetry, clock: () => now, fetch: fetchWith(refusals) });
      return {};
    }
    case "time":
      now = request.now;
      return {};
    case "tokens": {
      const { api, count, abortAfterMs } = request;
      const signal = abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs);
      return { tokens: await Promise.all(Array.from({ length: count }, () => caller.tokenFor(api, { signal }))) };
    }
    case "fetch": {
      const { api, address, body } = request;
      const init = body === "stream" ? { method: "POST", body: new ReadableStream() } : {};
      const response = await caller.fetch(api, address, init);
      return { status: response.status, body: await response.text() };
    }
    case "forget":
      caller.forget(request.api);
      return {};
    case "heap":
      return { names: await namesInHeap(request.values) };
    case "inspect": {
      const all = { caller, lastError, events };
      const shown = [
        inspect(all, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, maxStringLength: null }),
        JSON.stringify(all),
        ...Object.values(all).map(String),
        lastError instanceof Error ? lastError.stack : "",
      ].join("\n");
      return { shown, events, claims };
    }
  }
}

/** Nodes and edges are flat lists of numbers: https://github.com/v8/v8/blob/main/src/profiler/heap-snapshot-generator.cc */
async function namesInHeap(values: readonly string[]): Promise<readonly string[]> {
  interface Snapshot {
    readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly edge_fields: string[] } };
    readonly nodes: number[];
    readonly edges: number[];
    readonly strings: string[];
  }
  const { snapshot, nodes, edges, strings } = (await json(getHeapSnapshot())) as Snapshot;
  const { node_fields: ofNode, edge_fields: ofEdge } = snapshot.meta;
  const isSought = (node: number) => values.includes(strings[nodes[node + ofNode.indexOf("name")] ?? 0] ?? "");
  const names = new Set<string>();
  for (let edge = 0; edge < edges.length; edge += ofEdge.length) {
    const [kind, name = 0, node = 0] = edges.slice(edge, edge + 3);
    // Type 2 is a property. Edges of other types, for example elements of a list, have no names.
    if (kind === 2 && isSought(node)) names.add(strings[name] ?? "");
  }
  return [...names];
}

process.on("message", (request: CallerRequest) => {
  answer(request).then(
    (given) => process.send?.(given),
    (error: Error) => {
      lastError = error;
      const { name, message } = error;
      const { code, isTransient } = error instanceof TokenError ? error : {};
      process.send?.({ error: { name, message, code, isTransient } });
    },
  );
});
