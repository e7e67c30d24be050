import type { Principal } from "../bearer";
import { denied } from "./graphError";

const has = (caller: Principal, ...permissions: string[]): boolean =>
  permissions.some((permission) => caller.roles.includes(permission));

/**
 * What an app-only caller may do, by its application permissions.
 * https://learn.microsoft.com/graph/api/resources/application, the permissions of each method.
 *
 * @throws GraphError 403
 */
export const permit = {
  read(caller: Principal): void {
    const enough = has(
      caller,
      "Application.Read.All",
      "Application.ReadWrite.OwnedBy",
      "Application.ReadWrite.All",
      "Directory.Read.All",
    );
    if (!enough) throw denied();
  },
  create(caller: Principal): void {
    if (!has(caller, "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All")) throw denied();
  },
  /** `Application.ReadWrite.OwnedBy` reaches only what the caller owns. */
  manage(caller: Principal, owners: ReadonlySet<string>): void {
    if (has(caller, "Application.ReadWrite.All")) return;
    if (has(caller, "Application.ReadWrite.OwnedBy") && owners.has(caller.objectId)) return;
    throw denied();
  },
  readAssignments(caller: Principal): void {
    const enough = has(
      caller,
      "Application.Read.All",
      "Application.ReadWrite.OwnedBy",
      "AppRoleAssignment.ReadWrite.All",
      "Directory.Read.All",
    );
    if (!enough) throw denied();
  },
  /**
   * Admin consent: it takes both, the right to grant and the right to read what is granted.
   *
   * @param owners whose owners may assign its roles without the right to grant
   */
  assign(caller: Principal, owners: ReadonlySet<string>): void {
    if (has(caller, "Application.ReadWrite.OwnedBy") && owners.has(caller.objectId)) return;
    const mayRead = has(caller, "Application.Read.All", "Directory.Read.All", "Application.ReadWrite.All");
    if (!mayRead || !has(caller, "AppRoleAssignment.ReadWrite.All")) throw denied();
  },
  /**
   * An owner under `Application.ReadWrite.OwnedBy` may not.
   * https://learn.microsoft.com/graph/api/application-post-owners
   */
  addOwner(caller: Principal): void {
    if (!has(caller, "Application.ReadWrite.All")) throw denied();
  },
  readGrants(caller: Principal): void {
    if (!has(caller, "Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All")) throw denied();
  },
  delegate(caller: Principal): void {
    if (!has(caller, "DelegatedPermissionGrant.ReadWrite.All")) throw denied();
  },
  readDirectoryRoles(caller: Principal): void {
    if (!has(caller, "RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory"))
      throw denied();
  },
  readPolicies(caller: Principal): void {
    if (!has(caller, "Policy.Read.All", "Policy.ReadWrite.ApplicationConfiguration")) throw denied();
  },
  changePolicies(caller: Principal): void {
    if (!has(caller, "Policy.ReadWrite.ApplicationConfiguration")) throw denied();
  },
  unassign(caller: Principal): void {
    if (!has(caller, "AppRoleAssignment.ReadWrite.All")) throw denied();
  },
} as const;
