/** The restrictions of a tenant's policy: https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy */
export interface AppManagementPolicy {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly passwordCredentials: readonly CredentialRestriction[];
  readonly keyCredentials: readonly CredentialRestriction[];
  readonly identifierUris?: { readonly nonDefaultUriAddition?: IdentifierUriRestriction | undefined };
}

/** New identifier URIs must be `api://{appId}` or `api://{tenantId}/{appId}`. */
export interface IdentifierUriRestriction {
  readonly state?: "enabled" | "disabled" | undefined;
  /** ISO 8601. Applications from before are excepted. */
  readonly restrictForAppsCreatedAfterDateTime?: string | null | undefined;
  /** Default: no. */
  readonly excludeAppsReceivingV2Tokens?: boolean | undefined;
}

export interface CredentialRestriction {
  /** `passwordAddition` and `passwordLifetime` are enforced for passwords, `asymmetricKeyLifetime` for keys. */
  readonly restrictionType: string;
  readonly state?: "enabled" | "disabled" | undefined;
  /** The maximum lifetime, ISO 8601, for example `P90D`. Only for the two restrictions of lifetimes. */
  readonly maxLifetime?: string | null | undefined;
  /** ISO 8601. Applications from before are excepted. */
  readonly restrictForAppsCreatedAfterDateTime?: string | null | undefined;
}

/** The settings of a tenant. They can be changed at any time. */
export interface TenantSettings {
  /**
   * The maximum number of objects that a principal without a directory role can have created. Default 250.
   * https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
   */
  objectsPerCreator: number;
  /** Whether every application must name its service in `serviceManagementReference`. Default: no. */
  serviceManagementReferenceRequired: boolean;
  /**
   * Whether the owner of an API's service principal may assign its roles with `Application.ReadWrite.OwnedBy` alone.
   * Reports disagree (microsoft-graph-docs issues 21760 and 10462). Default: no.
   */
  ownersAssignRoles: boolean;
  /** Whether the tenant has Privileged Identity Management, which needs a licence of Entra ID P2. Default: yes. */
  privilegedIdentityManagement: boolean;
  /** The policy for all applications. Default: no restrictions. */
  defaultAppManagementPolicy: AppManagementPolicy;
}

export const defaultTenantSettings: Readonly<TenantSettings> = {
  objectsPerCreator: 250,
  serviceManagementReferenceRequired: false,
  ownersAssignRoles: false,
  privilegedIdentityManagement: true,
  defaultAppManagementPolicy: {
    id: "00000000-0000-0000-0000-000000000000",
    isEnabled: false,
    passwordCredentials: [],
    keyCredentials: [],
  },
};
