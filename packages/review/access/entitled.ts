import type { AccessModel } from "../accessModel";

/** Everybody who has access by themselves, or as a member of a group that has: a member of a member has it too. */
export function entitledIn({ grants, readers, rights }: AccessModel): ReadonlySet<string> {
  const entitled = new Set([
    ...grants.map(({ caller }) => caller),
    ...readers.map(({ reader }) => reader),
    ...rights.filter(({ kind }) => kind !== "member" && kind !== "owner").map(({ holder }) => holder),
  ]);
  const members = rights.filter(({ kind }) => kind === "member");
  // The set grows during the loop, which ends when nobody new is found.
  for (const group of entitled) for (const { holder, at } of members) if (at === group) entitled.add(holder);
  return entitled;
}
