import { ConfigurationError } from "../configurationError";
import type { Guard } from "../guard";
import { checkOpenRoutes } from "../openRoutes";
import { type Middleware, type Refused, refuse, requiresAppRole } from "./requireAppRole";

export interface DenyByDefaultOptions {
  readonly guard: Guard;
  /** The routes that everybody may call, for example `GET /health`: with the router's path, and with parameters like `:id`. Default: none. */
  readonly open?: readonly string[] | undefined;
  /** Called for each request that this guard refuses. An error that it throws does not affect the request. */
  readonly onRefused?: ((refused: Refused) => void) | undefined;
}

/** The result of `denyByDefault` for an app. Routes are written like `GET /stock/:sku`. */
export interface RouteReport {
  /** Routes that everybody may call, because they are listed as open. */
  readonly open: readonly string[];
  /** Routes that nobody may call, because they declare no app role. */
  readonly denied: readonly string[];
  /**
   * Middlewares, for example `/files serveStatic`: it is not known whether such a function answers requests itself. Handlers of a
   * parameter, for example `param :id`, are listed too, because they run before the role is checked.
   */
  readonly unchecked: readonly string[];
}

/**
 * Guards a whole express app: a route that declares no app role answers 403. A route declares one by `requireAppRole` as its
 * first handler, or a router by `router.use(requireAppRole(…))` before its routes. Call it after the routes are defined; a
 * route that is defined later throws.
 *
 * Use it as `const report = denyByDefault(app, { guard, open: ["GET /health"] })`, and log what it returns. A middleware that is
 * not a route, such as one that serves files, is reported and not checked.
 *
 * @throws ConfigurationError for an open route that does not exist, for an app that is mounted in another (mount a router),
 *   and for an express whose routes cannot be read
 */
export function denyByDefault(
  app: { readonly router: unknown },
  { guard, open = [], onRefused }: DenyByDefaultOptions,
): RouteReport {
  const deny: Middleware = (_request, response) => {
    const judgement = guard.refuseUndeclared();
    if (judgement.refusal) refuse(judgement, response, onRefused);
  };
  const undeclared = new Set<string>();
  const opened = new Set(open);
  const unchecked: string[] = [];

  const visit = (router: Router, prefixes: readonly string[], isGuardedAbove: boolean): void => {
    let isGuarded = isGuardedAbove;
    for (const layer of router.stack) {
      if (!isLayer(layer)) throw unreadable();
      const paths = pathsOf(layer);
      if (layer.route !== undefined) {
        if (!isRoute(layer.route)) throw unreadable();
        if (!isGuarded) visitRoute(layer.route, joined(prefixes, paths));
      } else if (isRouter(layer.handle)) visit(layer.handle, joined(prefixes, paths), isGuarded);
      else if (layer.handle.name === "mounted_app")
        throw new ConfigurationError("an app is mounted in the app; allowed: a Router, because its routes can be read");
      // A guard for one path does not protect routes with other paths.
      else if (requiresAppRole(layer.handle)) isGuarded ||= layer.slash === true;
      // A handler with four parameters handles errors.
      else if (!isGuarded && layer.handle.length !== 4)
        unchecked.push(...joined(prefixes, paths).map((path) => `${path} ${layer.handle.name || "(anonymous)"}`));
    }
    unchecked.push(...Object.keys(router.params ?? {}).map((name) => `param :${name}`));
    close(router);
  };

  const visitRoute = (route: Route, paths: readonly string[]): void => {
    const guarded = new Set<string>();
    for (const handler of route.stack) {
      if (!isLayer(handler)) throw unreadable();
      const method = handler.method?.toUpperCase() ?? "ALL";
      if (requiresAppRole(handler.handle)) guarded.add(method);
      if (guarded.has("ALL") || guarded.has(method)) continue;
      const names = paths.map((path) => `${method} ${path}`);
      for (const name of names) undeclared.add(name);
      if (!names.every((name) => opened.has(name))) handler.handle = deny;
    }
  };

  const { router } = app;
  if (!isRouter(router)) throw unreadable();
  visit(router, [""], false);
  checkOpenRoutes(open, undeclared);
  return { open: [...opened], denied: [...undeclared].filter((name) => !opened.has(name)), unchecked };
}

// The used parts of the package `router` of express 5.

type Handler = Middleware | ((...given: never[]) => unknown);
interface Layer {
  handle: Handler;
  readonly route?: unknown;
  readonly method?: string;
  /** The original path; since router 2.3. */
  readonly rawPath?: unknown;
  /** Whether it is for every path. */
  readonly slash?: boolean;
}
interface Route {
  readonly path?: unknown;
  readonly stack: readonly unknown[];
}
interface Router {
  readonly stack: readonly unknown[];
  /** The handlers of parameters. */
  readonly params?: object;
  use?: unknown;
  route?: unknown;
}

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";
const hasStack = (value: unknown): value is { readonly stack: readonly unknown[] } =>
  isObject(value) && "stack" in value && Array.isArray(value.stack);
const isRoute = (value: unknown): value is Route => hasStack(value);
const isRouter = (value: unknown): value is Router => typeof value === "function" && hasStack(value);
const isLayer = (value: unknown): value is Layer =>
  isObject(value) && "handle" in value && typeof value.handle === "function";

const unreadable = (): ConfigurationError =>
  new ConfigurationError("the routes of this express cannot be read; allowed: express 5");

/** A path that is not a string, or unknown in older routers, gets a name that no open route can have. */
function pathsOf({ rawPath, route }: Layer): readonly string[] {
  const path = rawPath ?? (isRoute(route) ? route.path : undefined);
  return [path].flat().map((each) => (typeof each === "string" ? each : `(${String(each)})`));
}

const joined = (prefixes: readonly string[], paths: readonly string[]): readonly string[] =>
  prefixes.flatMap((prefix) => paths.map((path) => `${prefix}${path === "/" && prefix !== "" ? "" : path}`));

/** Refuses routes that are defined later, because they would not be guarded. */
function close(router: Router): void {
  const refuseLater = (): never => {
    throw new ConfigurationError("a route is defined after denyByDefault; allowed: before it");
  };
  router.route = refuseLater;
  router.use = refuseLater;
}
