import type { StateResource } from "@microservice-identities/engine/deployment/stack";
import { markOf } from "./leftovers";
import { hasMark } from "./search";
import type { TenantEditor } from "./tenant";

/** A deleted object of a stack, which can be purged. */
export interface Purgeable {
  /** For people, for example `the registration orders-dev (client id …, deleted on 2026-11-25T…)`. */
  readonly what: string;
  purge(): Promise<void>;
}

export interface PurgeScope {
  /** The resources in the stack's state; empty after it was destroyed. */
  readonly state: readonly StateResource[];
  /** The stack's mark. Default: the one in its state. */
  readonly mark?: string;
}

/** The deleted registrations that carry the stack's mark or that its state names, and their service principals. */
export async function findPurgeable(
  tenant: TenantEditor,
  { state, mark = markOf(state) }: PurgeScope,
): Promise<Purgeable[]> {
  const known = new Set(state.map(({ id }) => id.split("/").at(-1)));
  const deleted = "directory/deletedItems/microsoft.graph";
  const isOwn = ({ id, tags }: Record<string, unknown>) =>
    known.has(`${id}`) || (mark !== undefined && hasMark(tags, mark));
  const applications = (await tenant.list(`${deleted}.application`)).filter(isOwn);
  const clientIds = new Set(applications.map(({ appId }) => appId));
  const principals = (await tenant.list(`${deleted}.servicePrincipal`)).filter(
    (principal) => isOwn(principal) || clientIds.has(principal.appId),
  );
  const purgeable =
    (kind: string) =>
    ({ id, displayName, appId, deletedDateTime }: Record<string, unknown>): Purgeable => ({
      what: `the ${kind} ${displayName} (client id ${appId}, deleted on ${deletedDateTime})`,
      purge: () => tenant.graph("DELETE", `/v1.0/directory/deletedItems/${id}`),
    });
  return [...principals.map(purgeable("service principal")), ...applications.map(purgeable("registration"))];
}
