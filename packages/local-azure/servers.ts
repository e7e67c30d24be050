import Fastify, { type FastifyInstance } from "fastify";
import type { FaultEndpoint } from "./faults";

/** The only address that servers listen on. */
export const loopback = "127.0.0.1";

/**
 * The domain of a page in a browser can resolve to loopback, so only requests for the local Azure's own names are answered.
 *
 * @param domain a domain whose names are answered too. Default: none
 */
export function refuseOtherHosts(app: Pick<FastifyInstance, "addHook">, domain?: string): void {
  app.addHook("onRequest", async (request, reply) => {
    const host = request.hostname.toLowerCase();
    if (["localhost", loopback].includes(host) || (domain !== undefined && host.endsWith(`.${domain}`))) return;
    const message = `The local Azure does not answer for the host '${request.hostname}', only for localhost and ${loopback}.`;
    return reply.code(421).send({ error: { code: "MisdirectedRequest", message } });
  });
}

/** The metadata endpoint has no faults, because clients need it to find the others. */
export function endpointOf(path: string): FaultEndpoint | undefined {
  if (/^\/+graph\//i.test(path)) return "graph";
  if (/^\/+(subscriptions|providers|tenants)(\/|$)/i.test(path)) return "resourceManager";
  return /^\/+metadata\//i.test(path) ? undefined : "entra";
}

export const fastifyOptions = {
  forceCloseConnections: true,
  return503OnClosing: false,
  bodyLimit: 1_048_576,
  // A secret's name has up to 127 characters, a resource's name in a path more.
  routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 600 },
} as const;

/** An app without its own server. The vaults' servers pass requests to it. */
export const serverlessApp = (): FastifyInstance => withAzuresJson(Fastify(fastifyOptions));

/** Some clients announce JSON and send no body. Azure accepts this as an empty request. */
export function withAzuresJson<App extends Pick<FastifyInstance, "addContentTypeParser">>(app: App): App {
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, text === "" ? undefined : JSON.parse(String(text)));
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }));
    }
  });
  return app;
}
