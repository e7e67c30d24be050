import { ConfigurationError } from "./configurationError";

/**
 * Checks options that are numbers, which may come from environment variables. With `NaN`, every request would fail later.
 *
 * @param least by name, the least that is allowed; the most is 31,536,000, a year of seconds
 * @throws ConfigurationError
 */
export function checkNumbers<Name extends string>(
  options: Readonly<Record<Name, number>>,
  least: Readonly<Record<Name, number>>,
): void {
  for (const [name, value] of Object.entries<number>(options)) {
    const atLeast = least[name as Name];
    if (typeof value === "number" && value >= atLeast && value <= most) continue;
    throw new ConfigurationError(`${name} is ${String(value)}; allowed: a number from ${atLeast} to ${most}`);
  }
}

const most = 31_536_000;
