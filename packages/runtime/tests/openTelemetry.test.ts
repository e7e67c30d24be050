import { context, metrics, propagation, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { openTelemetry } from "../openTelemetry";
import { testTenant } from "./support/testTenant";

describe("the OpenTelemetry data", () => {
  const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: 3_600_000 });
  const meters = new MeterProvider({ readers: [reader] });
  const spans = new InMemorySpanExporter();
  const tracers = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  beforeAll(() => {
    tracers.register();
    metrics.setGlobalMeterProvider(meters);
  });
  afterAll(async () => {
    await meters.shutdown();
    await tracers.shutdown();
    for (const api of [metrics, trace, context, propagation]) api.disable();
  });

  /** The values of an instrument by its attributes. The value of a histogram is its number of measurements. */
  const values = async (name: string) => {
    await reader.forceFlush();
    const [metric] = exported
      .getMetrics()
      .slice(-1)
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics: all }) => all)
      .filter(({ descriptor }) => descriptor.name === name);
    return metric?.dataPoints.map(({ attributes, value }) => [
      attributes,
      typeof value === "number" ? value : value.count,
    ]);
  };

  it("contains the admitted callers with their roles and the reasons of refusals, but no part of a token", async () => {
    const tenant = testTenant({ telemetry: openTelemetry() });
    const api = tenant.clientId;
    const token = await tenant.token(["Things.Read"], "orders");
    await trace.getTracer("test").startActiveSpan("request", async (span) => {
      for (const role of ["Things.Read", "Things.Read", "Things.Write"])
        await tenant.guard.judge(`Bearer ${token}`, role, "GET");
      await tenant.guard.judge(undefined, "Things.Read");
      span.end();
    });
    expect(await values("service_identity.guard.decisions")).toEqual([
      [{ api, role: "Things.Read", outcome: "admitted", client: "orders", access: "read" }, 2],
      [{ api, role: "Things.Write", outcome: "role_missing", client: "orders" }, 1],
      [{ api, role: "Things.Read", outcome: "token_missing" }, 1],
    ]);
    expect(await values("service_identity.guard.recording")).toEqual([[{ api }, 1]]);
    expect(await values("service_identity.guard.key_requests")).toEqual([[{ outcome: "received" }, 1]]);
    const [span] = spans.getFinishedSpans();
    expect(span?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        "refused",
        {
          role: "Things.Write",
          code: "role_missing",
          reason: "the app role Things.Write is missing",
          client: "orders",
        },
      ],
      ["refused", { role: "Things.Read", code: "token_missing", reason: "no token" }],
    ]);
    const said = JSON.stringify([exported.getMetrics(), span?.events]);
    for (const part of token.split(".")) expect(said).not.toContain(part);
  });

  it("contains each token request, the source of each token, the age of the credential, and each 403 answer", async () => {
    const { observe } = openTelemetry();
    observe({ kind: "tokenServed", api: "stock", from: "entra" });
    observe({ kind: "tokenServed", api: "stock", from: "cache" });
    const requested = {
      kind: "tokenRequested",
      api: "stock",
      clientId: "orders",
      scope: "api://stock/.default",
    } as const;
    observe({ ...requested, outcome: "issued", seconds: 0.1 });
    observe({ ...requested, outcome: "AADSTS7000215", seconds: 0.1 });
    observe({ kind: "credentialRead", ageSeconds: 3600 });
    observe({ kind: "forbidden", api: "stock", tokenAgeSeconds: 60 });
    expect(await values("service_identity.tokens.served")).toEqual([
      [{ api: "stock", from: "entra" }, 1],
      [{ api: "stock", from: "cache" }, 1],
    ]);
    expect(await values("service_identity.tokens.request.duration")).toEqual([
      [{ api: "stock", outcome: "issued" }, 1],
      [{ api: "stock", outcome: "AADSTS7000215" }, 1],
    ]);
    const [[, age] = []] = (await values("service_identity.credential.age")) ?? [];
    expect(age).toBeGreaterThanOrEqual(3600);
    expect(await values("service_identity.calls.forbidden")).toEqual([[{ api: "stock" }, 1]]);
  });

  it("continues the trace with W3C's traceparent header", () => {
    const { headers } = openTelemetry();
    expect(headers?.()).toEqual({});
    trace.getTracer("test").startActiveSpan("call", (span) => {
      const { traceId, spanId } = span.spanContext();
      expect(headers?.()).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
      span.end();
    });
  });
});
