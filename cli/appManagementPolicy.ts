import type { TenantReader } from "./adoption/tenant";

type Json = Record<string, unknown>;

/** A policy with which Entra restricts the credentials of applications. */
export interface CredentialPolicy {
  /** For people, for example `the tenant's default app management policy`. */
  readonly name: string;
  readonly passwords: readonly Restriction[];
  readonly keys: readonly Restriction[];
}

/** https://learn.microsoft.com/graph/api/resources/passwordcredentialconfiguration */
export interface Restriction {
  readonly restrictionType?: unknown;
  readonly state?: unknown;
  /** An ISO 8601 duration. */
  readonly maxLifetime?: unknown;
  readonly restrictForAppsCreatedAfterDateTime?: unknown;
}

/** The permission that is needed to read policies. */
export const policyRight = "Policy.Read.All in Microsoft Graph";

export const defaultPolicyOf = async (tenant: Pick<TenantReader, "object">): Promise<CredentialPolicy> => ({
  name: "the tenant's default app management policy",
  ...restrictionsIn((await tenant.object("policies/defaultAppManagementPolicy")) ?? {}, "applicationRestrictions"),
});

/**
 * An application's own policy, which takes precedence over the tenant's.
 * https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy
 *
 * @param applicationId its object id
 * @param name its display name, for people
 */
export async function ownPolicyOf(
  tenant: Pick<TenantReader, "list">,
  applicationId: string,
  name: string,
): Promise<CredentialPolicy | undefined> {
  const [own] = await tenant.list(`applications/${applicationId}/appManagementPolicies`);
  return (
    own && { name: `the app management policy ${own.displayName} of ${name}`, ...restrictionsIn(own, "restrictions") }
  );
}

/** The restrictions for an application that was created at a given time: some apply only to applications created later. */
export const restrictionsFor = (restrictions: readonly Restriction[], createdAt: Date): Restriction[] =>
  restrictions.filter(
    ({ state, restrictForAppsCreatedAfterDateTime: after }) =>
      state !== "disabled" && !(typeof after === "string" && createdAt < new Date(after)),
  );

/** The days in an ISO 8601 duration; a month has 30 days, a year 365. `undefined` if it is not a duration of whole days. */
export function daysIn(duration: string): number | undefined {
  const [whole, years = 0, months = 0, weeks = 0, days = 0] =
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T0[HMS])?$/.exec(duration) ?? [];
  if (whole === undefined || whole === "P") return undefined;
  return Number(years) * 365 + Number(months) * 30 + Number(weeks) * 7 + Number(days);
}

const restrictionsIn = ({ isEnabled, ...policy }: Json, property: string): Omit<CredentialPolicy, "name"> => {
  const { passwordCredentials = [], keyCredentials = [] } = (isEnabled === true ? (policy[property] ?? {}) : {}) as {
    passwordCredentials?: readonly Restriction[];
    keyCredentials?: readonly Restriction[];
  };
  return { passwords: passwordCredentials, keys: keyCredentials };
};
