import type { Operation } from "../../parity/servedOperations";
import { applicationBodies } from "./applicationBodies";
import { armBodies } from "./armBodies";
import type { Body, Names } from "./bodyRows";
import { directoryBodies } from "./directoryBodies";
import { vaultBodies } from "./vaultBodies";

/**
 * A body with every member that an operation takes, for the sweep of members. An operation that takes no body has `undefined`.
 * A new operation needs a row in one of the files of bodies.
 */
export function fullBody({ api, method, path }: Operation, names: Names, url: string): Body | undefined {
  const found = rows.find(([pattern]) => pattern.test(`${method} ${path}`));
  if (!found)
    throw new Error(
      `${method} ${path} has no full body: add a row to a file of tests/sweep that has bodies, with all members that it takes.`,
    );
  const body = found[1]?.(names);
  const isResource = api === "Resource Manager" && method !== "POST" && !/\/accessPolicies\//.test(path);
  return body && isResource ? { ...ownMembers(url), ...body } : body;
}

/** The read-only members of a resource, as a client that read it sends them back. */
function ownMembers(url: string): Body {
  const [id = ""] = url.split("?");
  const [provider, ...rest] = id.split("/providers/").at(-1)?.split("/") ?? [];
  const type = [provider, ...rest.filter((_, index) => index % 2 === 0)].join("/");
  return {
    id,
    name: id.split("/").at(-1),
    type: id.includes("/providers/") ? type : "Microsoft.Resources/resourceGroups",
  };
}

const rows = [...applicationBodies, ...directoryBodies, ...armBodies, ...vaultBodies];
