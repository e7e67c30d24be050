import { isWithin } from "../roleBasedAccess";
import type { ArmContext } from "./armContext";
import { resourceNotFound } from "./armError";
import { groupOf } from "./groupOf";

/** The scopes of role assignments: the subscription, a group, a resource, a child resource. */
export const scopePaths = [
  "",
  "/resourceGroups/:group",
  "/resourceGroups/:group/providers/:namespace/:type/:resource",
  "/resourceGroups/:group/providers/:namespace/:type/:resource/:childType/:child",
].map((at) => `/subscriptions/:subscription${at}`);

/** The part of a path before its last provider. */
export function scopeOf(url: string): string {
  const path = url.split("?")[0] ?? "";
  return path.slice(0, path.toLowerCase().lastIndexOf("/providers/microsoft.authorization/"));
}

/** @throws ArmError if the scope does not exist */
export function checkScope({ subscription }: ArmContext, scope: string): void {
  const [, , , , group, , ...provider] = scope.split("/");
  if (group === undefined) return;
  groupOf(subscription, group);
  if (provider.length === 0) return;
  const ids = [...subscription.vaults.values(), ...subscription.identities.values()].map(({ id }) => id);
  const stored = [...subscription.stored.values()].map(({ id }) => id);
  if ([...ids, ...stored].some((id) => isWithin(scope, id))) return;
  throw resourceNotFound(`${provider.join("/")}' under resource group '${group}`);
}
