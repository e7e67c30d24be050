import type { Placeholders } from "./placeholders";

/** The properties of an error: their values are kept, because clients read them. */
const errorProperties = ["code", "message", "error", "error_description", "error_codes"];

/**
 * A body without its values: `"string"`, `"number"`, `"boolean"` or null in place of each. Strings with placeholders are
 * kept, so that a replay can find their values. The values of errors are kept too.
 *
 * @param isError whether the body is an error, whose values are kept
 */
export function bodyShape(body: unknown, placeholders: Placeholders, isError: boolean, property = ""): unknown {
  const isKept = isError && errorProperties.includes(property);
  if (Array.isArray(body)) return body.map((each) => bodyShape(each, placeholders, isError, property));
  if (typeof body === "object" && body !== null)
    return Object.fromEntries(
      Object.entries(body).map(([name, value]) => [
        placeholders.hide(name),
        bodyShape(value, placeholders, isError, name),
      ]),
    );
  if (typeof body !== "string") return body === null || isKept ? body : typeof body;
  if (isKept) return placeholders.hideInError(body);
  const hidden = placeholders.hide(body);
  return hidden === body ? "string" : hidden;
}
