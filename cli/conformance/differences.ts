import type { Json } from "./wire";

/** An answer as a recording or a replay contains it. */
export interface Seen {
  readonly status: number;
  /** As `bodyShape` returns it. */
  readonly body: Json;
}

/** The differences between two answers: in status, in the properties of their bodies and the types of these, in the text of errors. */
export function differences(recorded: Seen, replayed: Seen): string[] {
  if (recorded.status !== replayed.status)
    return [`status ${recorded.status} in the recording, ${replayed.status} in the local Azure`];
  const [there, here] = [leaves(recorded.body), leaves(replayed.body)];
  return [...new Set([...there.keys(), ...here.keys()])].flatMap((property) => {
    const [one, other] = [there.get(property), here.get(property)];
    if (one === undefined) return [`${property} is in the local Azure only`];
    if (other === undefined) return [`${property} is in the recording only`];
    const found = one === other || isEmpty(one, other);
    return found ? [] : [`${property} is ${one} in the recording, ${other} in the local Azure`];
  });
}

/** An empty list shows nothing about its elements. */
const isEmpty = (one: string, other: string): boolean => one === "list" && other === "list";

/** Each property by its path, with its type or, in an error, its value. All elements of a list count as one. */
function leaves(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) {
    found.set(path || "the body", "list");
    for (const each of value) leaves(each, `${path}[]`, found);
  } else if (typeof value === "object" && value !== null) {
    if (path !== "") found.set(path, "object");
    for (const [name, inner] of Object.entries(value)) leaves(inner, path === "" ? name : `${path}.${name}`, found);
  } else found.set(path, typeOrText(path, value));
  return found;
}

function typeOrText(path: string, value: unknown): string {
  if (typeof value !== "string") return String(value);
  if (["number", "boolean"].includes(value)) return value;
  return errorText.test(path) ? `"${value.replace(/<[^>]+>/g, "<…>")}"` : "a string";
}

const errorText = /(^|\.)(code|message|error|error_description)$/;
