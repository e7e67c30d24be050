import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { requireAppRole } from "@microservice-identities/runtime/express";
import { Guard } from "@microservice-identities/runtime/guard";
import { openTelemetry } from "@microservice-identities/runtime/openTelemetry";
import type { Telemetry } from "@microservice-identities/runtime/telemetry";
import { UsageRecorder } from "@microservice-identities/runtime/usage";
import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import express from "express";

/** The measurement, which runs in its own process. */
export interface UsageTask {
  readonly tenantId: string;
  readonly clientId: string;
  readonly authority: string;
  readonly role: string;
  readonly authorization: string;
}

/** Processor times in microseconds. */
export interface UsageCost {
  /** The server's time for one request with the guard. */
  readonly request: number;
  /** The additional time for counting one decision. */
  readonly recorder: number;
  readonly openTelemetry: number;
}

/** The server runs in this process. The parent sends the requests, and reports when it is done. */
async function measure({ tenantId, clientId, authority, role, authorization }: UsageTask): Promise<UsageCost> {
  const guard = (telemetry?: Telemetry) => new Guard({ tenantId, clientId, authority, telemetry });
  const app = express();
  app.get("/", requireAppRole(guard(), role), (_request, response) => response.send("done"));
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests++;
    app(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const before = process.cpuUsage();
  process.send?.((server.address() as AddressInfo).port);
  await once(process, "message");
  const { user, system } = process.cpuUsage(before);
  server.close();

  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: 3_600_000,
  });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  const [none, recording, telling] = [guard(), guard(new UsageRecorder({ write: () => {} })), guard(openTelemetry())];
  const costOf = async (measured: Guard): Promise<number> => {
    const start = process.cpuUsage();
    for (let count = 0; count < decisions; count++) {
      const { refusal } = await measured.judge(authorization, role, "GET");
      if (refusal) throw new Error("the token was refused");
    }
    const used = process.cpuUsage(start);
    return (used.user + used.system) / decisions;
  };
  const costs: [number, number, number][] = [];
  // In turn, so that a slow machine affects all of them equally.
  for (let round = 0; round < rounds; round++)
    costs.push([await costOf(none), await costOf(recording), await costOf(telling)]);
  const median = (which: 0 | 1 | 2) =>
    costs.map((each) => each[which]).sort((one, other) => one - other)[rounds >> 1] as number;
  return {
    request: (user + system) / requests,
    recorder: Math.max(0, median(1) - median(0)),
    openTelemetry: Math.max(0, median(2) - median(0)),
  };
}

const [decisions, rounds] = [100_000, 9];

process.once("message", (task: UsageTask) => {
  measure(task).then(
    (cost) => process.send?.(cost, () => process.exit()),
    (error: Error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
});
