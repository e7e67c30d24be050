import type { PrincipalRights } from "./principalRights";
import type { Reading } from "./reading";

type Json = Readonly<Record<string, unknown>>;

export interface GroupRef {
  readonly id: string;
  readonly name: string;
  readonly isAssignableToRole: boolean;
}

/** Somebody in a group, as a member or as an owner. */
export interface Place {
  readonly group: GroupRef;
  readonly kind: "member" | "owner";
  readonly who: Json;
  /** What follows from it for the stack. */
  readonly consequences: Set<string>;
}

const needs = "GroupMember.Read.All in Microsoft Graph";

type Add = (group: GroupRef, kind: Place["kind"], who: Json, consequence: string) => void;

/** From groups with rights to their members, and to the members of these. Groups can contain each other. */
export async function inside(reading: Reading, groups: readonly GroupRef[], rights: PrincipalRights, add: Add) {
  const roots = new Reached<GroupRef>();
  let open = groups.flatMap((group) => roots.reach(group, [group]));
  while (open.length > 0) {
    const [members, owners] = await Promise.all(
      (["members", "owners"] as const).map((relation) =>
        reading.lists(
          `the ${relation} of groups`,
          open.map(({ group }) => `groups/${group.id}/${relation}?$top=999`),
          needs,
        ),
      ),
    );
    open = open.flatMap(({ group, by }, index) => {
      const texts = by.map((root) => {
        const has = rights.of(root.id).join("; it ");
        return root.id === group.id ? `the group ${has}` : `the group is in ${root.name}, which ${has}`;
      });
      for (const text of texts) {
        for (const owner of owners?.[index] ?? []) add(group, "owner", owner, text);
        for (const member of members?.[index] ?? []) add(group, "member", member, text);
      }
      return (members?.[index] ?? []).filter(isGroup).flatMap((member) => roots.reach(groupRef(member), by));
    });
  }
}

/** From the stack's principals to the groups that contain them, and to the groups that contain these. */
export async function around(reading: Reading, own: readonly OwnPrincipal[], rights: PrincipalRights, add: Add) {
  const lists = (paths: readonly string[], permission?: string) =>
    reading.lists("the groups that contain the principals", paths, permission);
  const names = new Reached<OwnPrincipal>();
  const climb = (who: Json, by: readonly OwnPrincipal[], rows: readonly Json[] = []) =>
    rows.filter(isGroup).flatMap((row) => {
      const group = groupRef(row);
      for (const { name } of by)
        add(group, "member", who, `${name} has the rights of the group${rightsText(group, rights)}`);
      return names.reach(group, by).map((reached) => ({ ...reached, row }));
    });
  const direct = await lists(own.map(({ principalId }) => `servicePrincipals/${principalId}/memberOf`));
  let open = own.flatMap((each, index) =>
    climb({ id: each.principalId, displayName: each.name }, [each], direct[index]),
  );
  while (open.length > 0) {
    const above = await lists(
      open.map(({ group }) => `groups/${group.id}/memberOf`),
      needs,
    );
    open = open.flatMap(({ row, by }, index) => climb(row, by, above[index]));
  }
}

export interface OwnPrincipal {
  readonly name: string;
  readonly principalId: string;
}

/** Which groups were reached, and from where. A group is followed again only if it is reached from elsewhere. */
class Reached<From> {
  private readonly from = new Map<string, Set<From>>();

  reach(group: GroupRef, by: readonly From[]): { readonly group: GroupRef; readonly by: readonly From[] }[] {
    const known = this.from.get(group.id) ?? new Set();
    const added = by.filter((each) => !known.has(each));
    this.from.set(group.id, new Set([...known, ...added]));
    return added.length > 0 ? [{ group, by: added }] : [];
  }
}

function rightsText({ id, isAssignableToRole }: GroupRef, rights: PrincipalRights): string {
  const known = rights.of(id);
  const mayGet = isAssignableToRole ? [", to which directory roles can be assigned"] : [];
  return [...mayGet, ...(known.length > 0 ? [`: it ${known.join("; it ")}`] : [])].join("");
}

export const isGroup = (row: Json): boolean => row["@odata.type"] === "#microsoft.graph.group";
export const groupRef = ({ id, displayName, isAssignableToRole }: Json): GroupRef => ({
  id: `${id}`,
  name: `${displayName ?? id}`,
  isAssignableToRole: isAssignableToRole === true,
});
