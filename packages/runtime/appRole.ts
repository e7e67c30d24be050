import { ConfigurationError } from "./configurationError";
import { shown } from "./shown";

/**
 * Checks the value of an app role. A misspelt value would refuse everybody, or break the challenge.
 * https://learn.microsoft.com/graph/api/resources/approle
 *
 * @throws ConfigurationError
 */
export function appRole(value: string): string {
  if (isAppRole(value)) return value;
  throw new ConfigurationError(
    `the app role is ${shown(value)}; allowed: its value, as in "Inventory.Read": up to 120 characters without blanks and quotes`,
  );
}

/** Whether something can be the value of an app role. */
export const isAppRole = (value: unknown): boolean =>
  typeof value === "string" && /^(?!\.)[\w!#$%&'()*+,\-./:;=?@[\]^`{|}~]{1,120}$/.test(value);
