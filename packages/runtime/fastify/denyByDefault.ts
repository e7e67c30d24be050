import type { FastifyInstance } from "fastify";
import { appRole } from "../appRole";
import type { Guard } from "../guard";
import { checkOpenRoutes } from "../openRoutes";
import { requiresAppRole, settle } from "./requireAppRole";

export interface DenyByDefaultOptions {
  readonly guard: Guard;
  /** The routes that everybody may call, for example `GET /health`: with the prefix, and with parameters like `:id`. Default: none. */
  readonly open?: readonly string[] | undefined;
}

/** Marks the configuration of a route whose own hook requires an app role. */
const guarded = Symbol("guarded");

declare module "fastify" {
  interface FastifyContextConfig {
    /** The app role that a client must hold: see `denyByDefault`. */
    appRole?: string;
    [guarded]?: true;
  }
}

/**
 * Guards a whole fastify app: a route that declares no app role answers 403. A route declares one by `config: { appRole }`,
 * or by `onRequest: requireAppRole(…)`. Call it before the routes are defined, on the app itself. When the app is ready, its
 * log says which routes are open, and which are denied.
 *
 * Use it as `denyByDefault(app, { guard, open: ["GET /health"] })`.
 *
 * @throws ConfigurationError from `app.ready()` for an open route that does not exist, and from a route's definition for
 *   what cannot be the value of an app role
 */
export function denyByDefault(
  app: Pick<FastifyInstance, "addHook" | "log">,
  { guard, open = [] }: DenyByDefaultOptions,
): void {
  const undeclared = new Set<string>();

  app.addHook("onRoute", (route) => {
    if (route.config?.appRole !== undefined) return void appRole(route.config.appRole);
    const [first] = [route.onRequest ?? []].flat();
    // A new object, because several routes can share one configuration.
    if (first && requiresAppRole(first)) {
      route.config = { ...route.config, [guarded]: true };
      return;
    }
    for (const method of [route.method].flat()) undeclared.add(`${method} ${route.url}`);
  });

  app.addHook("onRequest", async (request, reply) => {
    // There is no route: fastify answers itself.
    if (request.is404) return undefined;
    const { config, url = "" } = request.routeOptions;
    if (config.appRole !== undefined)
      return settle(await guard.judge(request.headers.authorization, config.appRole), request, reply);
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (config[guarded] || open.includes(`${request.method} ${url}`) || open.includes(`${method} ${url}`))
      return undefined;
    return settle(guard.refuseUndeclared(), request, reply);
  });

  app.addHook("onReady", async () => {
    checkOpenRoutes(open, undeclared);
    const opened = new Set(open);
    const denied = [...undeclared].filter((name) => !opened.has(name) && !opened.has(name.replace(/^HEAD /, "GET ")));
    app.log.info({ open, denied }, "routes without an app role");
  });
}
