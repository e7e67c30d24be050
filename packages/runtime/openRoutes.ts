import { ConfigurationError } from "./configurationError";

/** What a whole app's guard has found out about its routes, each as in `GET /stock/:sku`. */
export interface RouteReport {
  /** Everybody may call these: they are named as open. */
  readonly open: readonly string[];
  /** Nobody may call these: they declare no app role. */
  readonly denied: readonly string[];
}

/** @throws ConfigurationError for an open route that does not exist: what it was meant to open is denied */
export function checkOpenRoutes(open: readonly string[], existing: ReadonlySet<string>): void {
  const unknown = open.filter((name) => !existing.has(name));
  if (unknown.length > 0)
    throw new ConfigurationError(
      `there is no route ${unknown.map((name) => JSON.stringify(name)).join(", ")} to be open; the routes without an app role are: ${[...existing].sort().join(", ") || "none"}`,
    );
}
