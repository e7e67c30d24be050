import type { Principal } from "../bearer";
import { denied, GraphError } from "./graphError";

const has = (caller: Principal, ...permissions: string[]): boolean =>
  permissions.some((permission) => caller.roles.includes(permission));

/**
 * The rights of an app-only caller, from its application permissions.
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
  /** `Application.ReadWrite.OwnedBy` applies only to objects that the caller owns. */
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
   * Admin consent requires both the right to grant and the right to read applications.
   *
   * @param owners the owners of the API, who may assign its roles without the right to grant if the tenant allows it
   * @param byRole whether a directory role of the caller allows this grant
   */
  assign(caller: Principal, owners: ReadonlySet<string>, byRole: boolean): void {
    if (has(caller, "Application.ReadWrite.OwnedBy") && owners.has(caller.objectId)) return;
    const mayRead = has(caller, "Application.Read.All", "Directory.Read.All", "Application.ReadWrite.All");
    if (!mayRead || !(byRole || has(caller, "AppRoleAssignment.ReadWrite.All"))) throw denied();
  },
  /**
   * An owner under `Application.ReadWrite.OwnedBy` is not allowed to.
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
  readSignIns(caller: Principal): void {
    if (!has(caller, "AuditLog.Read.All")) throw denied();
  },
  readRoles(caller: Principal): void {
    const enough = has(
      caller,
      "RoleManagement.Read.Directory",
      "RoleManagement.ReadWrite.Directory",
      "RoleManagement.Read.All",
      "Directory.Read.All",
    );
    if (!enough) throw denied();
  },
  readPolicies(caller: Principal): void {
    if (!has(caller, "Policy.Read.All", "Policy.ReadWrite.ApplicationConfiguration")) throw denied();
  },
  changePolicies(caller: Principal): void {
    if (!has(caller, "Policy.ReadWrite.ApplicationConfiguration")) throw denied();
  },
  readConditionalAccess(caller: Principal): void {
    if (!has(caller, "Policy.Read.All")) throw scopesMissing();
  },
  /** https://learn.microsoft.com/graph/api/conditionalaccessroot-post-policies: both permissions are required. */
  changeConditionalAccess(caller: Principal): void {
    if (!has(caller, "Policy.ReadWrite.ConditionalAccess") || !has(caller, "Policy.Read.All")) throw scopesMissing();
  },
  readEligibleRoles(caller: Principal): void {
    const enough = has(
      caller,
      "RoleEligibilitySchedule.Read.Directory",
      "RoleEligibilitySchedule.ReadWrite.Directory",
      "RoleManagement.Read.All",
      "RoleManagement.Read.Directory",
      "RoleManagement.ReadWrite.Directory",
    );
    if (!enough) throw denied();
  },
  changeEligibleRoles(caller: Principal): void {
    if (!has(caller, "RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory"))
      throw denied();
  },
  readGroups(caller: Principal): void {
    if (!has(caller, "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All")) throw denied();
  },
  /** Whether the caller may read users and groups, not only their ids. */
  seesMembers: (caller: Principal): boolean => has(caller, "Directory.Read.All"),
  changeGroups(caller: Principal): void {
    if (!has(caller, "GroupMember.ReadWrite.All", "Group.ReadWrite.All")) throw denied();
  },
  readMemberships(caller: Principal): void {
    if (!has(caller, "Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All")) throw denied();
  },
  changeRoles(caller: Principal): void {
    if (!has(caller, "RoleManagement.ReadWrite.Directory")) throw denied();
  },
  readConsentPolicies(caller: Principal): void {
    const enough = has(
      caller,
      "Policy.Read.PermissionGrant",
      "Policy.ReadWrite.PermissionGrant",
      "Policy.Read.All",
      "Directory.Read.All",
    );
    if (!enough) throw denied();
  },
  changeConsentPolicies(caller: Principal): void {
    if (!has(caller, "Policy.ReadWrite.PermissionGrant")) throw denied();
  },
  /** @param byRole whether a directory role of the caller allows this grant */
  unassign(caller: Principal, byRole: boolean): void {
    if (!byRole && !has(caller, "AppRoleAssignment.ReadWrite.All")) throw denied();
  },
} as const;

/** The text of the API of Conditional Access: terraform-provider-azuread issue 1687. */
const scopesMissing = () =>
  new GraphError(
    403,
    "AccessDenied",
    "You cannot perform the requested operation, required scopes are missing in the token.",
  );
