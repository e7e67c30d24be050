import { z } from "zod";
import { badRequest } from "./graphError";

/** Graph accepts ids in any case, and returns them in lower case. */
const guid = z.guid().toLowerCase();
const dateTime = z.iso.datetime({ offset: true });
const nullableText = z.string().nullable();
const odataType = {
  "@odata.type": z
    .string()
    .regex(/^#?microsoft\.graph\.\w+$/)
    .optional(),
};
/** The type of a whole body. */
const typed = (name: string) => ({
  "@odata.type": z.enum([`#microsoft.graph.${name}`, `microsoft.graph.${name}`]).optional(),
});

/** Graph reads `"true"` as true. The az CLI's own example of app roles uses it. */
const lenientBoolean = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

export const appRole = z.strictObject({
  ...odataType,
  allowedMemberTypes: z.array(z.enum(["Application", "User"])).min(1),
  description: z.string(),
  displayName: z.string(),
  id: guid,
  isEnabled: lenientBoolean,
  origin: z.string().optional(),
  value: nullableText.default(null),
});

const scope = z.strictObject({
  ...odataType,
  adminConsentDescription: z.string(),
  adminConsentDisplayName: z.string(),
  id: guid,
  isEnabled: lenientBoolean,
  origin: z.string().optional(),
  type: z.enum(["Admin", "User"]),
  userConsentDescription: nullableText.optional(),
  userConsentDisplayName: nullableText.optional(),
  value: z.string(),
});

const optionalClaim = z.strictObject({
  ...odataType,
  additionalProperties: z.array(z.string()).default([]),
  essential: z.boolean().default(false),
  name: z.string(),
  /** The azuread provider sends an empty text for none. */
  source: z.enum(["user", ""]).nullable().optional(),
});

const optionalClaims = z.strictObject({
  ...odataType,
  accessToken: z.array(optionalClaim).optional(),
  idToken: z.array(optionalClaim).optional(),
  saml2Token: z.array(optionalClaim).optional(),
});

const webLike = {
  homePageUrl: nullableText,
  implicitGrantSettings: z.strictObject({
    ...odataType,
    enableAccessTokenIssuance: z.boolean().nullable().optional(),
    enableIdTokenIssuance: z.boolean().nullable().optional(),
  }),
  logoutUrl: nullableText,
  redirectUris: z.array(z.string()),
  redirectUriSettings: z.array(z.strictObject({ ...odataType, uri: z.string(), index: z.int().nullable() })),
};

/** One value or several, separated by commas. https://learn.microsoft.com/graph/api/resources/application#properties */
const groupMembershipClaims = z
  .string()
  .regex(
    /^(None|SecurityGroup|DirectoryRole|ApplicationGroup|All)(, ?(SecurityGroup|DirectoryRole|ApplicationGroup))*$/,
    {
      error: "allowed: None, SecurityGroup, DirectoryRole, ApplicationGroup, All",
    },
  );

const signInAudience = z.enum([
  "AzureADMyOrg",
  "AzureADMultipleOrgs",
  "AzureADandPersonalMicrosoftAccount",
  "PersonalMicrosoftAccount",
]);

/** `key` is the DER of a certificate, base64 with or without line breaks; Graph returns it as null, and accepts null for an existing key. */
const keyCredential = z.strictObject({
  ...odataType,
  customKeyIdentifier: nullableText.optional(),
  displayName: nullableText.optional(),
  endDateTime: dateTime.optional(),
  key: z
    .string()
    .transform((text) => text.replace(/\s/g, ""))
    .pipe(z.base64())
    .nullable()
    .optional(),
  keyId: guid.optional(),
  startDateTime: dateTime.optional(),
  type: z.literal("AsymmetricX509Cert"),
  usage: z.literal("Verify"),
});

/** The body of POST and PATCH of an application. Secrets are not part of it, because they have separate actions. */
export const application = z.strictObject({
  ...typed("application"),
  /** Read-only; accepted if it is the id in the address. */
  id: guid.optional(),
  api: z
    .strictObject({
      ...odataType,
      acceptMappedClaims: z.boolean().nullable().optional(),
      knownClientApplications: z.array(guid).optional(),
      oauth2PermissionScopes: z.array(scope).optional(),
      preAuthorizedApplications: z
        .array(z.strictObject({ ...odataType, appId: guid, delegatedPermissionIds: z.array(guid) }))
        .optional(),
      requestedAccessTokenVersion: z
        .union([z.literal(1), z.literal(2)])
        .nullable()
        .optional(),
    })
    .optional(),
  appRoles: z.array(appRole).optional(),
  description: nullableText.optional(),
  displayName: z.string().min(1).max(120).optional(),
  groupMembershipClaims: groupMembershipClaims.nullable().optional(),
  identifierUris: z.array(z.string()).optional(),
  info: z
    .strictObject({
      ...odataType,
      marketingUrl: nullableText,
      privacyStatementUrl: nullableText,
      supportUrl: nullableText,
      termsOfServiceUrl: nullableText,
    })
    .partial()
    .optional(),
  isDeviceOnlyAuthSupported: z.boolean().nullable().optional(),
  keyCredentials: z.array(keyCredential).optional(),
  isFallbackPublicClient: z.boolean().nullable().optional(),
  notes: nullableText.optional(),
  oauth2RequirePostResponse: z.boolean().nullable().optional(),
  optionalClaims: optionalClaims.nullable().optional(),
  publicClient: z
    .strictObject({ ...odataType, redirectUris: z.array(z.string()) })
    .partial()
    .optional(),
  requiredResourceAccess: z
    .array(
      z.strictObject({
        ...odataType,
        resourceAppId: guid,
        resourceAccess: z.array(z.strictObject({ ...odataType, id: guid, type: z.enum(["Role", "Scope"]) })),
      }),
    )
    .optional(),
  serviceManagementReference: nullableText.optional(),
  signInAudience: signInAudience.optional(),
  spa: z
    .strictObject({ ...odataType, redirectUris: z.array(z.string()) })
    .partial()
    .optional(),
  tags: z.array(z.string()).optional(),
  uniqueName: z.string().min(1).optional(),
  web: z
    .strictObject({ ...odataType, ...webLike })
    .partial()
    .optional(),
  "owners@odata.bind": z.array(z.string()).optional(),
});

export const addPassword = z.strictObject({
  passwordCredential: z
    .strictObject({
      ...odataType,
      displayName: nullableText.optional(),
      startDateTime: dateTime.optional(),
      endDateTime: dateTime.optional(),
    })
    .optional(),
});

export const removePassword = z.strictObject({ keyId: guid });

export const federatedIdentityCredential = z.strictObject({
  ...typed("federatedIdentityCredential"),
  audiences: z.array(z.string().min(1).max(600)).length(1),
  description: z.string().max(600).nullable().optional(),
  issuer: z.url().max(600),
  name: z.string().regex(/^[A-Za-z0-9][\w-]{0,119}$/),
  subject: z.string().min(1).max(600),
});

/** In beta, an expression over claims can replace the subject. */
export const flexibleCredential = federatedIdentityCredential.extend({
  subject: z.string().min(1).max(600).nullish(),
  claimsMatchingExpression: z
    .strictObject({ ...odataType, value: z.string().min(1).max(600), languageVersion: z.literal(1) })
    .nullish(),
});

export const servicePrincipal = z.strictObject({
  ...typed("servicePrincipal"),
  accountEnabled: z.boolean().optional(),
  alternativeNames: z.array(z.string()).optional(),
  appId: guid.optional(),
  appRoleAssignmentRequired: z.boolean().optional(),
  description: nullableText.optional(),
  loginUrl: nullableText.optional(),
  notes: nullableText.optional(),
  notificationEmailAddresses: z.array(z.string()).optional(),
  "owners@odata.bind": z.array(z.string()).optional(),
  preferredSingleSignOnMode: z.enum(["password", "saml", "notSupported", "oidc"]).nullable().optional(),
  samlSingleSignOnSettings: z
    .strictObject({ ...odataType, relayState: nullableText.optional() })
    .nullable()
    .optional(),
  tags: z.array(z.string()).optional(),
});

export const appRoleAssignment = z.strictObject({
  ...typed("appRoleAssignment"),
  appRoleId: guid,
  principalId: guid,
  resourceId: guid,
});

export const permissionGrant = z.strictObject({
  ...odataType,
  clientId: guid,
  consentType: z.enum(["AllPrincipals", "Principal"]),
  principalId: guid.nullish(),
  resourceId: guid,
  scope: z.string(),
});

export const permissionGrantChange = z.strictObject({ ...odataType, scope: z.string() });

/** The types of directory objects. https://learn.microsoft.com/graph/api/directoryobject-getbyids */
const objectTypes = [
  ...(["application", "servicePrincipal", "user", "group", "device", "directoryObject"] as const),
  ...(["orgContact", "administrativeUnit", "directoryRole"] as const),
] as const;

export const objectIds = z.strictObject({
  ids: z.array(guid).max(1000),
  types: z.array(z.enum(objectTypes)).optional(),
});

export const reference = z.strictObject({ "@odata.id": z.string() });

/** @throws GraphError that names the property */
export function parse<T>(type: z.ZodType<T>, body: unknown, resource: string): T {
  const parsed = type.safeParse(body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const issue = (issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]) as z.core.$ZodIssue;
  if (issue.code === "unrecognized_keys") {
    throw badRequest(`Invalid property '${[...issue.path, issue.keys[0]].join(".")}' of resource '${resource}'.`);
  }
  throw badRequest(
    `Invalid value specified for property '${issue.path.join(".")}' of resource '${resource}': ${issue.message}.`,
  );
}
