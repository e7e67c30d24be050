/** A longer value would fill the screen. */
const mostCharacters = 80;

/** Entra's client secrets, PEM files, JSON Web Tokens, and keys in connection strings. */
const secretLike = /\dQ~|-----BEGIN|\beyJ[\w-]{10,}\.|(?:Key|Password|Secret)=/i;

/** A value as a message repeats it: as JSON, shortened if it is long, and left out if it looks like a secret. */
export function shown(value: unknown): string {
  if (value === null) return "empty";
  if (typeof value === "function") return "a function";
  const json = asJson(value);
  if (secretLike.test(json)) return "a value that looks like a secret and is not shown";
  if (json.length <= mostCharacters) return json;
  const length = typeof value === "string" ? ` (${value.length} characters)` : "";
  return `${json.slice(0, mostCharacters)}…${length}`;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A bigint, or an object that contains itself.
    return String(value);
  }
}
