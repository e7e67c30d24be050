import { randomUUID } from "node:crypto";

/** A person, as far as directories list people: nobody signs in here. */
export interface User {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
}

/** A security group. https://learn.microsoft.com/graph/api/resources/group */
export interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly createdDateTime: string;
  /** Whether directory roles can be assigned to it. */
  readonly isAssignableToRole: boolean;
  /** Object ids of users, service principals and other groups. */
  readonly members: Set<string>;
  /** Object ids of users and service principals. */
  readonly owners: Set<string>;
}

/** The users and groups of a tenant. A program adds them: the local Azure does not serve their creation. */
export class Groups {
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();

  addUser(userPrincipalName: string, displayName = userPrincipalName): User {
    const user = { id: randomUUID(), displayName, userPrincipalName };
    this.users.set(user.id, user);
    return user;
  }

  addGroup(displayName: string, given: Partial<Pick<Group, "isAssignableToRole" | "createdDateTime">> = {}): Group {
    const group: Group = {
      id: randomUUID(),
      displayName,
      createdDateTime: "2026-01-01T00:00:00Z",
      isAssignableToRole: false,
      ...given,
      members: new Set(),
      owners: new Set(),
    };
    this.groups.set(group.id, group);
    return group;
  }

  /** The groups that an object itself is a member of. */
  directlyOf(objectId: string): Group[] {
    return [...this.groups.values()].filter(({ members }) => members.has(objectId));
  }

  /** The groups that contain an object, directly or through nested groups. */
  of(objectId: string): ReadonlySet<Group> {
    const found = new Set<Group>();
    for (let open = this.directlyOf(objectId); open.length > 0; ) {
      const added = open.filter((group) => !found.has(group));
      for (const group of added) found.add(group);
      open = added.flatMap(({ id }) => this.directlyOf(id));
    }
    return found;
  }

  /** Users and groups by their object ids. */
  get principals(): ReadonlyMap<string, User | Group> {
    return new Map<string, User | Group>([...this.users, ...this.groups]);
  }

  /** As Azure names the types of principals. An object that is neither a user nor a group counts as a service principal. */
  typeOf(objectId: string): "User" | "Group" | "ServicePrincipal" {
    return this.users.has(objectId) ? "User" : this.groups.has(objectId) ? "Group" : "ServicePrincipal";
  }

  /** The object and its groups: whose rights it has. */
  principalsOf(objectId: string): ReadonlySet<string> {
    return new Set([objectId, ...[...this.of(objectId)].map(({ id }) => id)]);
  }
}
