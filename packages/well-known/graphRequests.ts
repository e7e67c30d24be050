import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * The permissions that each suffice for a request to Microsoft Graph, the least privileged first; undefined for a request that is
 * not documented.
 *
 * @param request for example `GET /users/{id}`, with or without the version, and with any name or value in place of `{id}`
 */
export function permissionsForRequest(request: string): readonly string[] | undefined {
  const [method = "", address = ""] = request.trim().split(/\s+/);
  return requests().get(`${method.toUpperCase()} ${normalizedPath(address)}`);
}

const normalizedPath = (address: string): string =>
  address
    .toLowerCase()
    .replace(/^https?:\/\/[^/]+/, "")
    .replace(/^\/(v1\.0|beta)(?=\/)/, "")
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "")
    .replaceAll(/\{[^{}]*\}/g, "{id}");

/** Read on first use, because it is half a megabyte that most programs do not need. */
function requests(): ReadonlyMap<string, readonly string[]> {
  known ??= new Map(
    [...requestsIn(readFileSync(path.join(__dirname, "data", "graphRequests.txt"), "utf8"))].map(
      ([request, permissions]) => [request.replaceAll(/\{[^{}]*\}/g, "{id}"), permissions.split(" ")],
    ),
  );
  return known;
}

let known: ReadonlyMap<string, readonly string[]> | undefined;

/** The permissions by request: a line that begins with `#` has those of all requests below it. */
export function requestsIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let permissions = "";
  for (const line of text.split("\n"))
    if (line.startsWith("# ")) permissions = line.slice(2);
    else if (line !== "") found.set(line, permissions);
  return found;
}
