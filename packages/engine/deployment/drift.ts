import { isDeepStrictEqual } from "node:util";
import type { Properties } from "./providers/resourceType";

/** Properties that Azure itself changes, or that change with each version of a secret. Providers do not report them as drift. */
const azuresOwn = new Set(["etag", "provisioningState", "systemData", "created", "updated", "secretUriWithVersion"]);

/**
 * Whether somebody has changed a resource since its deployment, as a provider detects in a refresh.
 *
 * @param recorded the outputs of the last deployment
 * @param actual the properties that were read now; only these are compared
 */
export const hasDrifted = (recorded: Properties, actual: Properties): boolean =>
  Object.keys(actual).some((name) => !isDeepStrictEqual(comparable(recorded[name]), comparable(actual[name])));

/** A value without Azure's own properties and without empty ones, which APIs return as null, as an empty list, or not at all. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(comparable);
  if (value === null || value === "") return undefined;
  if (typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([name]) => !azuresOwn.has(name))
    .map(([name, each]) => [name, comparable(each)] as const)
    .filter(([, each]) => each !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
