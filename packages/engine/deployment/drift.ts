import { isDeepStrictEqual } from "node:util";
import type { Properties } from "./providers/resourceType";

/** What Azure changes by itself, or with each version of a secret: a provider does not take it for a change by somebody. */
const azuresOwn = new Set(["etag", "provisioningState", "systemData", "created", "updated", "secretUriWithVersion"]);

/**
 * Whether somebody has changed a resource since it was deployed, as a provider tells after a refresh.
 *
 * @param recorded the outputs of the last deployment
 * @param actual what was read now; only these properties are compared
 */
export const hasDrifted = (recorded: Properties, actual: Properties): boolean =>
  Object.keys(actual).some((name) => !isDeepStrictEqual(comparable(recorded[name]), comparable(actual[name])));

/** Without Azure's own properties and without empty ones: APIs show those as null, or as an empty list, or not at all. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(comparable);
  if (value === null || value === "") return undefined;
  if (typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([name]) => !azuresOwn.has(name))
    .map(([name, each]) => [name, comparable(each)] as const)
    .filter(([, each]) => each !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
