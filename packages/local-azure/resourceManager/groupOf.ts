import { ArmError } from "./armError";
import type { ResourceGroup, Subscription } from "./subscription";

/** @throws ArmError if there is no such group */
export function groupOf(subscription: Subscription, name: string): ResourceGroup {
  const group = subscription.groups.get(name.toLowerCase());
  if (!group) throw new ArmError(404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`);
  return group;
}
