/** Entra's client secrets, PEM files and tokens: somebody may have set the wrong variable to one of them. */
const secretLike = /\dQ~|-----BEGIN|\beyJ[\w-]{10,}\./;

/** A value as an error message repeats it: shortened if it is long, and left out if it looks like a secret. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  if (secretLike.test(json)) return "a value that looks like a secret and is not shown";
  return json.length <= 80 ? json : `${json.slice(0, 80)}… (${json.length} characters)`;
}
