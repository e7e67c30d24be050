import type { Declared } from "./declared";
import { type Extra, extra } from "./extra";
import { around, type GroupRef, groupRef, inside, isGroup, type Place } from "./groupPlaces";
import type { PrincipalRights } from "./principalRights";
import { objectsWith } from "./principals";
import type { Reading } from "./reading";
import { shell } from "./shell";

type Json = Readonly<Record<string, unknown>>;

/**
 * Members and owners of groups that nobody declared: of groups with rights to the stack's objects, and of groups that contain the
 * stack's principals. Groups in groups are followed one by one, because each membership has its own declaration and its own removal.
 */
export async function groupExtras(declared: Declared, reading: Reading, rights: PrincipalRights): Promise<Extra[]> {
  const own = [...declared.services, ...declared.identities].filter(({ principalId }) => principalId !== "");
  const ownIds = new Set(own.map(({ principalId }) => principalId));
  const places = new Map<string, Place>();
  const add = (group: GroupRef, kind: Place["kind"], who: Json, consequence: string) => {
    const key = `${group.id} ${kind} ${who.id}`;
    const place = places.get(key) ?? { group, kind, who, consequences: new Set<string>() };
    places.set(key, place);
    place.consequences.add(consequence);
  };
  const holders = rights.holders.filter((id) => !ownIds.has(id));
  const groups = (await objectsWith(reading, holders)).filter(isGroup);
  await Promise.all([inside(reading, groups.map(groupRef), rights, add), around(reading, own, rights, add)]);
  return [...places.values()]
    .filter(({ group, kind, who }) => !declared.has(kind === "member" ? "member" : "groupOwner", group.id, `${who.id}`))
    .map((place) => placeExtra(declared, place));
}

function placeExtra(declared: Declared, { group, kind, who, consequences }: Place): Extra {
  const type = `${who["@odata.type"] ?? "servicePrincipal"}`.replace("#microsoft.graph.", "");
  const words: Readonly<Record<string, string>> = { servicePrincipal: "service principal", group: "group" };
  const name = who.displayName ?? who.userPrincipalName;
  const whom = `the ${words[type] ?? type} ${name ?? who.id}`;
  const what =
    kind === "member"
      ? `has a member that nobody declared, ${whom}`
      : `has an owner that nobody declared, ${whom}, who can add members`;
  return extra("undeclared-member", {
    about: [group.name, group.id, kind, `${who.id}`],
    message: `${what}${kind === "member" ? ": " : ", and "}${[...consequences].join(", ")}`,
    access: {
      rights: [
        {
          kind,
          holder: declared.principalName(`${who.id}`, name === undefined || name === null ? undefined : `${name}`),
          what: kind === "member" ? "is a member of" : "owns",
          at: declared.principalName(group.id, group.name),
        },
      ],
    },
    ...(kind === "member"
      ? {
          takeOver: [
            shell`pulumi import azuread:index/groupMember:GroupMember ${group.name}-${who.id} ${group.id}/member/${who.id}`,
          ],
        }
      : {}),
    away: [
      kind === "member"
        ? shell`az ad group member remove --group ${group.id} --member-id ${who.id}`
        : shell`az ad group owner remove --group ${group.id} --owner-object-id ${who.id}`,
    ],
  });
}
