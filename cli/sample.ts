import { once } from "node:events";
import { appendFile } from "node:fs/promises";
import { Caller } from "@microservice-identities/runtime/caller";
import { configurationFrom } from "@microservice-identities/runtime/configuration";
import { Fulfillment } from "@microservice-identities/runtime/samples/fulfillment";
import { inventory } from "@microservice-identities/runtime/samples/inventory";
import { guardOf, serverSettings } from "@microservice-identities/runtime/samples/service";
import { UsageRecorder } from "@microservice-identities/runtime/usage";
import { Argument, InvalidArgumentError } from "commander";
import type { FastifyInstance } from "fastify";
import { CommandError, command, exitCodeOf, runIfProgram } from "./command";
import { stopSignal } from "./stopSignal";

interface SampleOptions {
  readonly inventory: string;
  readonly every: number;
  readonly usage?: string;
}

const ports = { inventory: 8443, fulfillment: 8444 };
type Sample = keyof typeof ports;

async function run(name: Sample, { inventory: address, every, usage: file }: SampleOptions): Promise<number> {
  const usage = file === undefined ? undefined : new UsageRecorder({ write: (lines) => appendFile(file, lines) });
  const { app, port } = await started(name, address, every, usage).catch((error: Error) => {
    throw new CommandError(
      `${error.message}\nSet the service's environment first: see the README, "Run services on it".`,
    );
  });
  const stopped = stopSignal();
  try {
    await app.listen({ host: "127.0.0.1", port }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EADDRINUSE"
        ? new CommandError(`port ${port} is taken; set SERVICE_PORT to another port, or to 0 for any free port`)
        : error;
    });
    await once(stopped, "abort");
    return 0;
  } finally {
    await app.close();
    await usage?.close();
    app.log.info("stopped");
  }
}

async function started(
  name: Sample,
  address: string,
  every: number,
  telemetry: UsageRecorder | undefined,
): Promise<{ readonly app: FastifyInstance; readonly port: number }> {
  const configuration = configurationFrom(process.env);
  const { certificate, port } = await serverSettings(process.env, ports[name]);
  const guard = guardOf(configuration, { telemetry });
  if (name === "inventory") return { app: inventory({ guard, certificate }), port };
  const caller = new Caller(configuration, { telemetry });
  const fulfillment = new Fulfillment({ guard, certificate, caller, inventory: address });
  let count = 0;
  fulfillment.every(every * 1000, () => ({ id: `order-${++count}`, sku: "mug-blue", quantity: 1 }));
  return { app: fulfillment.app, port };
}

function seconds(given: string): number {
  if (/^\d{1,4}(\.\d)?$/.test(given) && Number(given) > 0) return Number(given);
  throw new InvalidArgumentError("Allowed: seconds, for example 5 or 0.5.");
}

export const sampleCommand = command("sample", {
  does: "Runs a sample service over HTTPS until Ctrl+C. Environment variables determine its identity. The service fulfillment ships an order every few seconds, for which it calls inventory.",
  exitCodes: { 0: "stopped", 2: "it could not start" },
  example: "npm run sample -- fulfillment --every 1",
})
  .addArgument(new Argument("<service>", "the service to run").choices(Object.keys(ports)))
  .option("--inventory <address>", "the address of inventory, for fulfillment", "https://localhost:8443")
  .option("--every <seconds>", "the time between two orders of fulfillment", seconds, 5)
  .option("--usage <file>", "append used roles and refused requests to this file, for `npm run usage`")
  .action((name: Sample, options: SampleOptions) => exitCodeOf(run(name, options)));
runIfProgram(__filename, sampleCommand);
