import { UserError } from "../packages/validation/userError";
import type { Call } from "./landscapeDefinition";

/** A landscape that another stack deploys, as in the outputs of that stack. */
export interface OtherLandscape {
  /** The name of the stack in messages, for example `organization/company/finance-prod`. */
  readonly stack: string;
  /** Its services by name; absent if it has not been deployed yet. */
  readonly directory?: Readonly<Record<string, OtherService>>;
}

/** What a caller needs to know about a service of another stack: part of its directory entry. */
export interface OtherService {
  readonly clientId: string;
  readonly objectId: string;
  readonly scope: string;
  readonly roleIds: Readonly<Record<string, string>>;
  readonly allowedCallers?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Finds the API of a call in another landscape, and checks that it allows the call.
 *
 * @param caller with its landscape, for example `shop/orders`
 * @param api with its landscape, for example `finance/ledger`
 * @returns undefined if that landscape has never been deployed
 * @throws UserError with what is missing, and on which side
 */
export function allowedApi(
  caller: string,
  api: string,
  { roles }: Pick<Call, "roles">,
  others: Readonly<Record<string, OtherLandscape>>,
): OtherService | undefined {
  const [landscape = "", service = ""] = api.split("/");
  const call = `${caller} → ${api}`;
  const other = Object.hasOwn(others, landscape) ? others[landscape] : undefined;
  if (!other) {
    const known = Object.keys(others).join(", ") || "none";
    throw new UserError(
      `${call}: no stack is known for the landscape "${landscape}"; add it to \`stackReferences\`, which contains: ${known}`,
    );
  }
  if (!other.directory) return undefined;
  const found = Object.hasOwn(other.directory, service) ? other.directory[service] : undefined;
  if (!found) {
    const services = Object.keys(other.directory).join(", ");
    throw new UserError(
      `${call}: the stack ${other.stack} has no service "${service}"; it has ${services}. If it is new, deploy that stack first`,
    );
  }
  const allowed = found.allowedCallers?.[caller] ?? [];
  const refused = roles.filter((role) => !allowed.includes(role));
  if (refused.length > 0) {
    throw new UserError(
      `${call}: ${api} does not allow ${caller} to be granted ${refused.join(", ")}. Ask the owner of ${api} to add \`allowedCallers: { "${caller}": ${JSON.stringify([...new Set([...allowed, ...roles])])} }\` to it and to deploy ${other.stack}; then deploy again`,
    );
  }
  const missing = roles.filter((role) => !Object.hasOwn(found.roleIds, role));
  if (missing.length > 0) {
    throw new UserError(
      `${call}: ${api} has no app role ${missing.join(", ")}; its roles are ${Object.keys(found.roleIds).join(", ")}`,
    );
  }
  return found;
}
