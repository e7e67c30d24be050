import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestAzure } from "@microservice-identities/test-support/azure";
import { guardedRequest } from "./guardedRequest";
import { type Row, ratioRow } from "./measure";
import type { RequestLoad } from "./requestLoad";
import type { UsageCost, UsageTask } from "./usageCost";

/** The cost of counting the use of roles: the processor time of a request with counting, divided by the time without. */
export async function usage(runs: number): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "usage-"));
  const azure = await startTestAzure();
  try {
    const certificates = path.join(folder, "ca.pem");
    await writeFile(certificates, azure.azure.caCertificate);
    const task = await guardedRequest(azure);
    const costs: UsageCost[] = [];
    for (let run = 0; run < runs; run++) costs.push(await costOf(task, certificates));
    const row = (what: string, by: "recorder" | "openTelemetry"): Row =>
      ratioRow({
        benchmark: "usage",
        what: `processor time of a request that ${what} counts, compared with one that nothing counts`,
        unit: "ms",
        ours: costs.map((cost) => (cost.request + cost[by]) / 1000),
        other: costs.map(({ request }) => request / 1000),
        atMost: 1.02,
      });
    return [row("UsageRecorder", "recorder"), row("openTelemetry()", "openTelemetry")];
  } finally {
    await azure.close();
    await rm(folder, { recursive: true });
  }
}

async function costOf(task: UsageTask, certificates: string): Promise<UsageCost> {
  const server = fork(path.join(__dirname, "usageCost.ts"), [], {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, NODE_ENV: "production", NODE_EXTRA_CA_CERTS: certificates },
  });
  const answer = async <T>() => ((await Promise.race([once(server, "message"), failed])) as [T])[0];
  const failed = once(server, "exit").then(([code]) => {
    throw new Error(`usageCost ended with ${code}`);
  });
  failed.catch(() => {});
  server.send(task);
  const port = await answer<number>();
  await load({ port, authorization: task.authorization });
  server.send("done");
  return answer<UsageCost>();
}

async function load(order: RequestLoad): Promise<void> {
  const child = fork(path.join(__dirname, "requestLoad.ts"), [], { execArgv: ["--import", "tsx"] });
  child.send(order);
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`requestLoad ended with ${code}`);
}
