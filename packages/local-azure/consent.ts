/** The conditions of a policy for grants: https://learn.microsoft.com/graph/api/resources/permissiongrantconditionset */
export interface ConditionSet {
  readonly id: string;
  readonly permissionType: "application" | "delegated";
  /** Ids of app roles, or `all`. */
  readonly permissions: readonly string[];
  /** The API's client id, or `any`. */
  readonly resourceApplication: string;
  /** Client ids of the applications that get the permission, or `all`. */
  readonly clientApplicationIds: readonly string[];
  /** The tenants in which these are registered, or `all`. */
  readonly clientApplicationTenantIds: readonly string[];
}

/** The grants that a directory role allows: https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies */
export interface ConsentPolicy {
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  readonly includes: ConditionSet[];
  readonly excludes: ConditionSet[];
}

/** A custom directory role: it allows the grants of the policies that its actions name. */
export interface CustomDirectoryRole {
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  readonly isEnabled: boolean;
  readonly templateId: string;
  readonly version: string | null;
  readonly allowedResourceActions: readonly string[];
}

export interface DirectoryRoleAssignment {
  readonly id: string;
  readonly principalId: string;
  readonly roleDefinitionId: string;
  /** `/{object id}` of the object that the role is limited to. Default: `/`, the whole tenant. */
  readonly directoryScopeId?: string;
}

/** A grant that a caller requests. */
export interface WantedGrant {
  readonly clientAppId: string;
  readonly clientTenantId: string;
  readonly resourceAppId: string;
  readonly appRoleId: string;
}

/** `…managePermissionGrantsForAll.{policy}`: the only action of directory roles that the local Azure enforces. */
export const grantAction = /^microsoft\.directory\/servicePrincipals\/managePermissionGrantsForAll\.(?<policy>[\w-]+)$/;

/** The consent policies of a tenant, and the custom directory roles that refer to them. */
export class Consent {
  readonly policies = new Map<string, ConsentPolicy>();
  readonly roles = new Map<string, CustomDirectoryRole>();
  readonly assignments = new Map<string, DirectoryRoleAssignment>();

  /** Whether a directory role of the principal allows the grant. */
  allows(principalId: string, wanted: WantedGrant): boolean {
    return [...this.assignments.values()]
      .filter(({ principalId: holder, directoryScopeId = "/" }) => holder === principalId && directoryScopeId === "/")
      .map(({ roleDefinitionId }) => this.roles.get(roleDefinitionId))
      .filter((role) => role?.isEnabled)
      .flatMap((role) => role?.allowedResourceActions ?? [])
      .map((action) => this.policies.get(grantAction.exec(action)?.groups?.policy ?? ""))
      .some((policy) => policy !== undefined && permits(policy, wanted));
  }
}

const permits = ({ includes, excludes }: ConsentPolicy, wanted: WantedGrant): boolean =>
  includes.some((set) => meets(set, wanted)) && !excludes.some((set) => meets(set, wanted));

const meets = (set: ConditionSet, wanted: WantedGrant): boolean =>
  set.permissionType === "application" &&
  [set.permissions, set.clientApplicationIds, set.clientApplicationTenantIds].every(
    (allowed, at) =>
      allowed.includes("all") ||
      allowed.includes([wanted.appRoleId, wanted.clientAppId, wanted.clientTenantId][at] as string),
  ) &&
  ["any", wanted.resourceAppId].includes(set.resourceApplication);
