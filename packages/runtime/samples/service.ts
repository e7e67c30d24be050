import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from "fastify";
import type { ServiceConfiguration } from "../configuration";
import { Guard, type GuardOptions } from "../guard";
import { shown } from "../shown";

/** The certificate and the port of a sample service. */
export interface ServerSettings {
  /** PEM. */
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly port: number;
}

/** The header with the correlation id, which services pass on. */
export const correlationHeader = "x-correlation-id";

/** An HTTPS app. Its log has one JSON line for each request, with the correlation id and without secrets. */
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
  { tenantId, clientId, cloud, authority }: Pick<ServiceConfiguration, "tenantId" | "clientId" | "cloud" | "authority">,
  options: Partial<GuardOptions> = {},
): Guard => new Guard({ tenantId, clientId, cloud, authority, ...options });

/** @throws Error with every variable that is missing or wrong, and every file that cannot be read */
export async function serverSettings(environment: NodeJS.ProcessEnv, defaultPort: number): Promise<ServerSettings> {
  const problems: string[] = [];
  const contentOf = async (name: string): Promise<string> => {
    const file = environment[name];
    if (!file) problems.push(`${name} is not set; allowed: the path of a PEM file`);
    else
      return readFile(file, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
        problems.push(`${name} is ${shown(file)}, which cannot be read (${code}); allowed: the path of a PEM file`);
        return "";
      });
    return "";
  };
  const port = Number(environment.SERVICE_PORT ?? defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push(`SERVICE_PORT is ${shown(environment.SERVICE_PORT)}; allowed: a whole number from 0 to 65535`);
  const key = await contentOf("SERVICE_TLS_KEY_FILE");
  const cert = await contentOf("SERVICE_TLS_CERTIFICATE_FILE");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { certificate: { key, cert }, port };
}
