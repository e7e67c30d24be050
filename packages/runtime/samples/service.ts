import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from "fastify";
import type { ServiceConfiguration } from "../configuration";
import { Guard, type GuardOptions } from "../guard";

/** What a sample service shows to the network. */
export interface ServerSettings {
  /** PEM. */
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly port: number;
}

/** By this header a request is followed from service to service. */
export const correlationHeader = "x-correlation-id";

/** An app over HTTPS whose log has one JSON line a request, each with the correlation id, and no secret. */
export function createService(
  name: string,
  { certificate }: Pick<ServerSettings, "certificate">,
  logger: FastifyServerOptions["logger"] = true,
): FastifyInstance {
  return Fastify({
    https: certificate,
    logger: logger === true ? { base: { service: name }, redact: ["req.headers"] } : logger,
    requestIdHeader: correlationHeader,
    logController: new LogController({ requestIdLogLabel: "correlationId" }),
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
  }) as unknown as FastifyInstance;
}

export const guardOf = (
  { tenantId, clientId, authority }: Pick<ServiceConfiguration, "tenantId" | "clientId" | "authority">,
  options: Partial<GuardOptions> = {},
): Guard => new Guard({ tenantId, clientId, authority, ...options });

/** @throws Error that names the variable that is missing, or the file that cannot be read */
export async function serverSettings(environment: NodeJS.ProcessEnv, defaultPort: number): Promise<ServerSettings> {
  const file = async (name: string): Promise<string> => {
    const at = environment[name];
    if (!at) throw new Error(`${name} is not set; allowed: a PEM file`);
    return readFile(at, "utf8");
  };
  const port = Number(environment.SERVICE_PORT ?? defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`SERVICE_PORT is ${environment.SERVICE_PORT}; allowed: a whole number from 0 to 65535`);
  const [key, cert] = await Promise.all([file("SERVICE_TLS_KEY_FILE"), file("SERVICE_TLS_CERTIFICATE_FILE")]);
  return { certificate: { key, cert }, port };
}
