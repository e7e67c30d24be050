import Fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import type { FaultEndpoint } from "./faults";
import { withAzuresJson } from "./jsonBody";

/** The only address that servers listen on. */
export const loopback = "127.0.0.1";

/**
 * A web page's own domain can resolve to loopback (DNS rebinding), so only requests for the local Azure's own names are answered.
 *
 * @param domain a domain whose names are answered too. Default: none
 */
export function refuseOtherHosts(app: Pick<FastifyInstance, "addHook">, domain?: string): void {
  const own = domain === undefined ? `localhost and ${loopback}` : `localhost, ${loopback} and names in ${domain}`;
  app.addHook("onRequest", async (request, reply) => {
    const host = request.hostname.toLowerCase();
    if (["localhost", loopback].includes(host) || (domain !== undefined && host.endsWith(`.${domain}`))) return;
    const message = `The local Azure does not answer requests to '${request.hostname}', only to ${own}.`;
    return reply.code(421).send({ error: { code: "MisdirectedRequest", message } });
  });
}

/** The metadata endpoint has no faults, because clients need it to find the other endpoints. */
export function endpointOf(path: string): FaultEndpoint | undefined {
  if (/^\/+graph\//i.test(path)) return "graph";
  if (/^\/+(subscriptions|providers|tenants)(\/|$)/i.test(path)) return "resourceManager";
  return /^\/+metadata\//i.test(path) ? undefined : "entra";
}

/**
 * A path with single slashes, none at its end, and without needless escapes. Azure accepts the other spellings, and the ids of
 * resources are built from the path.
 */
export function plainPath(url: string): string {
  const [, path = "", query = ""] = /^([^?]*)(.*)$/s.exec(url) ?? [];
  const unescaped = path.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : escaped;
  });
  return `${unescaped.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "")}${query}`;
}

export const fastifyOptions = {
  forceCloseConnections: true,
  return503OnClosing: false,
  bodyLimit: 1_048_576,
  // A secret's name has up to 127 characters, and a resource name in a path can be longer.
  routerOptions: { caseSensitive: false, maxParamLength: 600 },
  rewriteUrl: ({ url = "/" }: { readonly url?: string | undefined }): string => plainPath(url),
} as const;

/** An app without its own server. The vaults' servers pass requests to it. */
export const serverlessApp = (options: Pick<FastifyServerOptions, "rewriteUrl"> = {}): FastifyInstance =>
  withAzuresJson(Fastify({ ...fastifyOptions, ...options }));
