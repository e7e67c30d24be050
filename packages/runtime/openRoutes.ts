import { ConfigurationError } from "./configurationError";

/** @throws ConfigurationError for an open route that does not exist, because the intended route would be denied */
export function checkOpenRoutes(open: readonly string[], existing: ReadonlySet<string>): void {
  const unknown = open.filter((name) => !existing.has(name));
  if (unknown.length > 0)
    throw new ConfigurationError(
      `open: there is no route ${unknown.map((name) => JSON.stringify(name)).join(", ")}; the routes without an app role are: ${[...existing].sort().join(", ") || "none"}`,
    );
}
