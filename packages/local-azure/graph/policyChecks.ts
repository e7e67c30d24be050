import type { Application, KeyCredential, PasswordCredential } from "../directoryObjects";
import type { Tenant } from "../tenant";
import type { CredentialRestriction } from "../tenantSettings";
import { badRequest } from "./graphError";

/** @throws GraphError 400: the texts are reported in azure-cli issue 28522 and PubSec-Info-Assistant issue 681 */
export function checkNewPassword(
  tenant: Tenant,
  application: Application,
  given: Partial<Pick<PasswordCredential, "startDateTime" | "endDateTime">>,
): void {
  const restrictions = inForce(tenant, application, "passwordCredentials");
  const id = tenant.settings.defaultAppManagementPolicy.id;
  if (restrictions.some(({ restrictionType }) => restrictionType === "passwordAddition")) {
    throw badRequest(
      `Credential type not allowed as per assigned policy '${id}'.`,
      "CredentialTypeNotAllowedAsPerAppPolicy",
    );
  }
  const start = given.startDateTime === undefined ? tenant.now.getTime() : Date.parse(given.startDateTime);
  const end = given.endDateTime === undefined ? start + 2 * 365 * day : Date.parse(given.endDateTime);
  checkLifetime(id, restrictions, "passwordLifetime", end - start);
}

/** @throws GraphError 400 */
export function checkNewKeys(tenant: Tenant, application: Application, keys: readonly KeyCredential[]): void {
  const restrictions = inForce(tenant, application, "keyCredentials");
  const known = new Set(application.keyCredentials.map(({ keyId }) => keyId));
  for (const { keyId, startDateTime, endDateTime } of keys) {
    if (known.has(keyId)) continue;
    const lifetime = Date.parse(endDateTime) - Date.parse(startDateTime);
    checkLifetime(tenant.settings.defaultAppManagementPolicy.id, restrictions, "asymmetricKeyLifetime", lifetime);
  }
}

/**
 * @param tokenVersion the application's token version after the change
 * @throws GraphError 400: the text is documented at https://aka.ms/identifier-uri-addition-error, its code is not
 */
export function checkNewIdentifierUris(
  tenant: Tenant,
  application: Application,
  uris: readonly string[],
  tokenVersion: number | null,
): void {
  const { isEnabled, identifierUris } = tenant.settings.defaultAppManagementPolicy;
  const restriction = identifierUris?.nonDefaultUriAddition;
  if (!isEnabled || !restriction || !isMeant(restriction, application)) return;
  if (restriction.excludeAppsReceivingV2Tokens && tokenVersion === 2) return;
  const { appId } = application;
  const known = [...application.identifierUris, `api://${appId}`, `api://${tenant.id}/${appId}`];
  const refused = uris.find((uri) => !known.some((each) => each.toLowerCase() === uri.toLowerCase()));
  if (refused === undefined) return;
  throw badRequest(
    `The newly added URI ${refused} must comply with the format 'api://{appId}' or 'api://{tenantId}/{appId}' as per the default app management policy of your organization. If the requestedAccessTokenVersion is set to 2, this restriction may not apply. See https://aka.ms/identifier-uri-addition-error for more information on this error.`,
  );
}

/** @throws GraphError 400: the text is reported in azure-dev issue 5221 */
export function checkServiceReference(tenant: Tenant, what: "Create" | "Update", reference: unknown): void {
  if (!tenant.settings.serviceManagementReferenceRequired || reference) return;
  throw badRequest(
    `ServiceManagementReference field is required for ${what}, but is missing in the request`,
    "ServiceTreeValueMissing",
  );
}

/** @returns undefined if it is not a duration in days, weeks, months of 30 days or years of 365 days */
export function durationDays(iso: string): number | undefined {
  const [, years, months, weeks, days] =
    /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T0[HMS])?$/.exec(iso) ?? [];
  if ([years, months, weeks, days].every((part) => part === undefined)) return undefined;
  return Number(years ?? 0) * 365 + Number(months ?? 0) * 30 + Number(weeks ?? 0) * 7 + Number(days ?? 0);
}

const day = 86_400_000;

function inForce(
  { settings: { defaultAppManagementPolicy: policy } }: Tenant,
  application: Application,
  kind: "passwordCredentials" | "keyCredentials",
): readonly CredentialRestriction[] {
  if (!policy.isEnabled) return [];
  return policy[kind].filter((restriction) => isMeant(restriction, application));
}

function isMeant(
  { state = "enabled", restrictForAppsCreatedAfterDateTime: after }: Omit<CredentialRestriction, "restrictionType">,
  { createdDateTime }: Application,
): boolean {
  return state === "enabled" && (!after || Date.parse(createdDateTime) >= Date.parse(after));
}

function checkLifetime(
  policyId: string,
  restrictions: readonly CredentialRestriction[],
  type: string,
  lifetime: number,
): void {
  for (const { restrictionType, maxLifetime } of restrictions) {
    const most = restrictionType === type ? durationDays(maxLifetime ?? "") : undefined;
    if (most === undefined || lifetime <= most * day) continue;
    throw badRequest(
      `Credential lifetime exceeds the max value allowed as per assigned policy '${policyId}'.`,
      "CredentialInvalidLifetimeAsPerAppPolicy",
    );
  }
}
